// The page of `skep agent` in Chromium, with answers that a test makes up: states that an agent is seldom in.
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { test, before, after } = require('node:test');
const { chromium } = require('playwright-core');

const plain = path.join(__dirname, '../../out/web/plain');
const files = { '/': 'index.html', '/assets/app.js': 'app.js', '/assets/app.css': 'app.css', '/assets/icon.svg': 'icon.svg' };
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const status = { host: 'states', events: { captured: 0, stored: 0, pending: 0, dropped: {} } };

let browser;

before(async () => {
	browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
});

after(() => browser?.close());

/** The page, from a server whose answers are `answers[PATH]`: JSON, a text of it, or a function that answers; else an empty array. */
async function open(hash, answers = {}) {
	const asked = [],
		streams = new Set();
	const server = http.createServer((request, response) => {
		const { pathname, search } = new URL(request.url, 'http://localhost');
		if (files[pathname]) {
			response.setHeader('content-type', types[path.extname(files[pathname])]);
			response.end(fs.readFileSync(path.join(plain, files[pathname])));
			return;
		}
		const name = decodeURIComponent(pathname.replace('/api/v1/', ''));
		asked.push(name + search);
		if (name === 'events/stream') {
			response.writeHead(200, { 'content-type': 'text/event-stream' }).write('retry: 200\n\n');
			streams.add(response);
			request.on('close', () => streams.delete(response));
			return;
		}
		const answer = answers[name] ?? (name === 'status' ? status : []);
		if (typeof answer === 'function') answer(response, new URLSearchParams(search));
		else response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
	});
	await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
	const context = await browser.newContext();
	const page = await context.newPage();
	page.setDefaultTimeout(20_000);
	await page.goto(`http://127.0.0.1:${server.address().port}/${hash}`);
	await page.waitForSelector('main');
	const close = async () => {
		await context.close();
		server.closeAllConnections();
		server.close();
	};
	const send = event => streams.forEach(stream => stream.write(`data: ${JSON.stringify(event)}\n\n`));
	return { page, asked, streams, send, close };
}

const hash = 'ab'.repeat(32),
	tag = 'cd'.repeat(8);
const loaded = (id, more) => ({ id, type: 'xdp', name: `program_${id}`, ...more });
const seen = { first_seen: '2026-01-01T00:00:00Z', last_seen: '2026-01-01T00:00:00Z', loads: 1, failures: 0 };
const known = more => ({ type: 'xdp', ...seen, ...more });

test('of two programs with the same code, each has a page', async () => {
	const { page, close } = await open('#/programs?sort=id', {
		loaded: [loaded(5, { sha256: hash, map_ids: [50] }), loaded(7, { sha256: hash, map_ids: [70] })],
	});
	await page.click('#programs .grid-row >> text=program_7');
	await page.waitForFunction(() => location.hash.startsWith('#/program/id%3A7'));
	await page.click('#view-maps');
	await page.waitForSelector('.tab-panel button:has-text("70")');
	assert.match(await page.innerText('.facts >> nth=0'), /id 7/);
	await page.goto(`${page.url().replace(/#.*/, '')}#/program/${hash}`);
	await page.waitForSelector('.note:has-text("Loaded 2 times")');
	await page.click('.note a:text-is("id 7")');
	await page.waitForFunction(() => location.hash.startsWith('#/program/id%3A7'));
	await close();
});

test('the code of a program stays known on its page when it is not loaded any more', async () => {
	const list = [loaded(5, { sha256: hash })];
	const { page, close } = await open('#/program/id:5?view=versions', {
		loaded: response => response.end(JSON.stringify(list)),
		[`programs/${hash}`]: [known({ sha256: hash, name: 'kept', instances: [] })],
	});
	await page.waitForSelector('h1:text-is("kept")');
	list.pop();
	await page.waitForSelector('.note:has-text("It is not loaded now; last seen 2026-01-01")');
	await close();
});

test('a program whose code is not known is found by its tag, and by its id in the history', async () => {
	const gone = { ...known({ tag, name: 'other' }), instances: [{ id: 9, gone: '2026-01-01T00:00:00Z', loaded_at: '2026-01-01T00:00:00Z' }] };
	const named = known({ name: 'untagged', instances: [{ id: 8, loaded_at: '2026-01-01T00:00:00Z' }] });
	const { page, asked, close } = await open('#/programs?of=history', {
		loaded: [loaded(5, { tag }), loaded(8), loaded(9)],
		programs: [known({ tag, name: 'one', instances: [] }), gone, named],
		[`programs/${tag}`]: [known({ tag, name: 'one', instances: [] }), gone],
		'programs/untagged': [named],
		'programs/id:5/explain': response => response.writeHead(404).end('{"error":"made up"}'),
	});
	await page.waitForSelector('#programs .grid-row >> text=other');
	await page.click('#programs .grid-row >> text=one');
	await page.waitForSelector('h1:text-is("one")');
	await page.waitForSelector('.note:has-text("made up")');
	assert.match(await page.innerText('.facts >> nth=0'), /id 5/);
	assert.equal(await page.locator('.note:has-text("not loaded now")').count(), 0);
	assert.ok(!asked.includes(`programs/${tag}/explain`));
	await page.goto(`${page.url().replace(/#.*/, '')}#/program/untagged`);
	await page.waitForFunction(() => document.querySelector('.facts')?.textContent.includes('id 8'));
	await close();
});

test('integers of 64 bits in maps are shown as they are', async () => {
	const map = { id: 50, type: 'hash', name: 'wide', bytes_key: 8, bytes_value: 16, max_entries: 9 };
	const { page, close } = await open('#/program/id:5?view=maps', {
		loaded: [loaded(5, { map_ids: [50] })],
		'loaded/maps': [map],
		'loaded/maps/50':
			'{"entries":[{"key":["0x01"],"value":["0x01"],"formatted":{"key":18446744073709551615,' +
			'"value":{"a":-9223372036854775807,"b":9007199254740991,"c":"at 18446744073709551615","d":1.5e3}}}],"more":false}',
	});
	await page.waitForSelector('#entries .grid-body .grid-row');
	assert.deepEqual(await page.locator('#entries .grid-body [role=gridcell]').allInnerTexts(), [
		'18446744073709551615',
		'{a: -9223372036854775807, b: 9007199254740991, c: "at 18446744073709551615", d: 1500}',
	]);
	await close();
});

test('the row that was chosen stays chosen when rows move', async () => {
	const list = [loaded(5), loaded(7)];
	const { page, close } = await open('#/programs?sort=id', { loaded: response => response.end(JSON.stringify(list)) });
	await page.waitForSelector('#programs .grid-body .grid-row');
	await page.focus('#programs');
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('ArrowDown');
	list.unshift(loaded(1), loaded(2));
	await page.waitForFunction(() => document.querySelector('#programs').ariaRowCount === '5');
	assert.equal(await page.getAttribute('#programs', 'aria-activedescendant'), 'programs-3');
	await page.keyboard.press('Enter');
	await page.waitForFunction(() => location.hash.startsWith('#/program/id%3A7'));
	await close();
});

const event = (seq, time, more) => ({ seq, time: `2026-01-01T00:00:${time}Z`, cmd: 'map_create', comm: `comm_${seq}`, pid: 1, ...more });

test('an event of the first page is opened among all', async () => {
	const { page, close } = await open('#/', { events: [event(1, '01'), event(2, '02')] });
	await page.click('#latest-events .grid-body .grid-row >> nth=1');
	await page.waitForSelector('.detail h2:text-is("Event 1")');
	await page.click('.detail button:text-is("Close")');
	await page.waitForFunction(() => location.hash === '#/events' && !document.querySelector('.detail'));
	await close();
});

test('the usage asks for all samples that the agent sends, and says when there may be more', async () => {
	const timeOf = i => new Date(1767225600000 + i * 60_000).toISOString();
	const sample = i => ({ time: timeOf(i), run_cnt: 1, run_time_ns: 100, period_ns: 1e9, cpu_percent: 1 });
	const { page, asked, close } = await open('#/program/id:5?view=usage&since=30d', {
		loaded: [loaded(5)],
		'programs/id:5/usage': (response, query) =>
			response.end(JSON.stringify(Array.from({ length: query.get('last') === '10000' ? 10_000 : 9 }, (_, i) => sample(i)))),
	});
	await page.waitForSelector('.tab-panel p:has-text("10,000 samples")');
	assert.match(await page.innerText('.tab-panel p >> nth=0'), /there may be more before them/);
	assert.ok(asked.includes('programs/id:5/usage?since=30d&last=10000'));
	await close();
});

const table = (name, more) => ({
	table: name,
	policy: 'pass',
	devices: [{ device: 'eth0', netns: '', mode: 'native', prog_id: 5, link_id: 1, since: '2026-01-01T00:00:00Z' }],
	actions: {},
	protocols: {},
	rules: [],
	sets: [],
	...more,
});

test('a packet is tried again when other rules are applied', async () => {
	const tables = [table('core')];
	let verdict = 'pass';
	const { page, close } = await open('#/filter/core?packet=udp', {
		filter: response => response.end(JSON.stringify(tables)),
		'filter/core/verdict': response => response.end(JSON.stringify({ verdict, reason: 'policy', rule: null })),
	});
	await page.waitForSelector('.verdict b:text-is("pass")');
	verdict = 'drop';
	tables[0] = table('core', { policy: 'drop', devices: [{ ...tables[0].devices[0], prog_id: 6 }] });
	await page.waitForSelector('.verdict b:text-is("drop")');
	await close();
});

test('a table that is removed is not replaced by another', async () => {
	const tables = [table('core'), table('edge', { returns_in: 60 })];
	const { page, close } = await open('#/filter/edge', { filter: response => response.end(JSON.stringify(tables)) });
	await page.waitForSelector('[role=timer]');
	tables.pop();
	await page.waitForSelector('.note:text-is("Table edge is not applied.")');
	assert.equal(await page.locator('.filter-table').count(), 0);
	assert.deepEqual(await page.locator('.tables b').allInnerTexts(), ['core']);
	await close();
});

test('a page that is opened where it is not seen asks when it is seen', async () => {
	const { page, asked, close } = await open('#/machine', { events: [event(1, '01')] });
	const see = isSeen =>
		page.evaluate(`Object.defineProperty(document, 'hidden', { value: ${!isSeen}, configurable: true });
			document.dispatchEvent(new Event('visibilitychange'));`);
	await see(false);
	await page.evaluate(`location.hash = '#/events?of=history'`);
	await page.waitForSelector('.note:has-text("Reading the history")');
	assert.ok(!asked.includes('events?last=10000'));
	await see(true);
	await page.waitForSelector('#events .grid-body .grid-row');
	await close();
});

test('events that came while the stream was away are read, in their order', async () => {
	const history = [event(1, '01')];
	const { page, asked, streams, send, close } = await open('#/events?text=comm', {
		events: response => response.end(JSON.stringify(history)),
	});
	const rows = text =>
		page.waitForFunction(
			wanted => [...document.querySelectorAll('#events .grid-body .grid-row time')].map(one => one.textContent.slice(-2)).join() === wanted,
			text,
		);
	await rows('01');
	history.push(event(2, '02'));
	await rows('02,01');
	for (const stream of streams) stream.end();
	history.push(event(3, '03'), event(4, '04'));
	await rows('04,03,02,01');
	send(event(5, '05'));
	await rows('05,04,03,02,01');
	assert.ok(asked.some(one => one.startsWith('events?since=2026-01-01T00%3A00%3A02Z')));
	await close();
});

test('a page that is not seen for a minute gives its stream back', async () => {
	const { page, streams, close } = await open('#/about:blank');
	await page.clock.install();
	await page.reload();
	await page.waitForSelector('[role=status]:text-is("live")');
	const see = isSeen =>
		page.evaluate(`Object.defineProperty(document, 'hidden', { value: ${!isSeen}, configurable: true });
			document.dispatchEvent(new Event('visibilitychange'));`);
	await see(false);
	await page.clock.runFor(61_000);
	for (let tries = 0; streams.size > 0 && tries < 50; tries++) await new Promise(resolve => setTimeout(resolve, 100));
	assert.equal(streams.size, 0);
	await see(true);
	for (let tries = 0; streams.size === 0 && tries < 50; tries++) await new Promise(resolve => setTimeout(resolve, 100));
	assert.equal(streams.size, 1);
	await close();
});
