// The page of `skep agent` in Chromium: what it shows of a real agent, that anyone can use it, and how long it takes.
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test, before, after } = require('node:test');
const { chromium } = require('playwright-core');
const { start } = require('./scene.js');

const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const pictures = path.join(__dirname, '../../out/webtest/pictures');
const programs = 2000,
	manyEvents = 50_000;
// What a person does not notice; a machine that does other things as well takes longer.
const budgetMs = 100,
	mostMs = 1000;
const widths = [
	[360, 740],
	[1280, 800],
	[3840, 2160],
];

// A ring buffer has no entries, and the agent says so.
const keyless = /\/loaded\/maps\/\d+\?/;

let scene, browser, views;

before(async () => {
	fs.mkdirSync(pictures, { recursive: true });
	scene = await start();
	browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
	// The agent looks at the machine two seconds after an event.
	let shown;
	for (let tries = 0; !shown && tries < 60; tries++) {
		await new Promise(resolve => setTimeout(resolve, 1000));
		shown = (await api('loaded', [200, 503])).find?.(one => one.name === 'ringbuf_submit');
	}
	assert.ok(shown, 'the scene’s program is loaded');
	const program = `#/program/${encodeURIComponent(shown.sha256 ?? `id:${shown.id}`)}`;
	views = {
		now: '#/',
		programs: '#/programs',
		'programs of the history': '#/programs?of=history',
		events: '#/events',
		'events of the history': '#/events?of=history',
		filter: `#/filter/${scene.device}`,
		guard: '#/guard',
		machine: '#/machine',
	};
	for (const view of ['explain', 'code', 'graph', 'records', 'maps', 'versions', 'usage'])
		views[`program, ${view}`] = `${program}?view=${view}`;
});

after(async () => {
	await browser?.close();
	await scene?.stop();
});

async function api(name, statuses = [200]) {
	const answer = await fetch(`${scene.url}/api/v1/${name}`, { headers: { authorization: `Bearer ${scene.token}` } });
	assert.ok(statuses.includes(answer.status), `/api/v1/${name}: ${answer.status}`);
	return answer.json();
}

/** A page that is signed in; what goes wrong in it is in `wrong`. */
async function open(hash, [width, height] = [1280, 800], colorScheme = 'light') {
	const context = await browser.newContext({ viewport: { width, height }, colorScheme });
	const page = await context.newPage();
	page.setDefaultTimeout(60_000);
	const wrong = [];
	page.on('console', message => {
		if (!['error', 'warning'].includes(message.type()) || keyless.test(message.location().url)) return;
		wrong.push(`${message.text()} ${message.location().url}`);
	});
	page.on('pageerror', e => wrong.push(String(e)));
	page.on('dialog', dialog => {
		wrong.push(`a dialog: ${dialog.message()}`);
		void dialog.dismiss();
	});
	page.on('request', request => {
		if (!request.url().startsWith(`${scene.url}/`)) wrong.push(`a request of ${request.url()}`);
	});
	await page.goto(`${scene.url}/?token=${scene.token}${hash}`);
	await settled(page);
	return { page, wrong, close: () => context.close() };
}

/** Nothing is awaited any more. */
async function settled(page) {
	await page.waitForSelector('main');
	await page.waitForFunction(
		() => ![...document.querySelectorAll('.note[role=status]')].some(one => one.textContent.startsWith('Reading')),
	);
	await page.waitForTimeout(250);
}

const picture = (page, name) => page.screenshot({ path: path.join(pictures, `${name.replace(/\W+/g, '-')}.png`) });

async function violations(page) {
	await page.evaluate(`${axe}; 0`);
	const found = await page.evaluate(() => window.axe.run(document));
	return found.violations.flatMap(one => one.nodes.map(node => `${one.id}: ${node.html.slice(0, 160)} ${node.failureSummary}`));
}

const axeOf = async (page, name) => {
	// The CSP lets no script in but the page's own; what is evaluated by the debugger is not under it.
	const found = await violations(page);
	if (found.length > 0) await picture(page, name);
	assert.deepEqual(found, []);
};

test('the address with the token signs in, and leaves no token in the address', async () => {
	const context = await browser.newContext();
	const page = await context.newPage();
	await page.goto(`${scene.url}/?token=${scene.token}#/events`);
	assert.equal(page.url(), `${scene.url}/#/events`);
	const [cookie] = await context.cookies();
	assert.equal(cookie.name, `skep_token_${new URL(scene.url).port}`);
	assert.ok(cookie.httpOnly);
	assert.equal(cookie.sameSite, 'Strict');
	assert.equal(await page.evaluate(() => document.cookie), '');
	await context.close();
	assert.ok(!scene.messages().includes(scene.token), 'no message has the token');
});

test('a wrong token, and none, get the page that says so', async () => {
	for (const query of ['/?token=0123456789', '/']) {
		const context = await browser.newContext();
		const page = await context.newPage();
		const answer = await page.goto(scene.url + query);
		assert.equal(answer.status(), 401);
		assert.match(await page.innerText('main'), /token is missing or wrong/);
		await axeOf(page, 'refused');
		await context.close();
	}
	assert.equal((await fetch(`${scene.url}/assets/app.js`)).status, 401);
	const attack = await fetch(`${scene.url}/?token=${scene.token}`, {
		headers: { origin: 'http://elsewhere.example' },
		redirect: 'manual',
	});
	assert.equal(attack.status, 403);
});

test('files are compressed, kept by the browser, and under a strict policy', async t => {
	let total = 0;
	for (const file of ['', 'assets/app.js', 'assets/app.css', 'assets/icon.svg']) {
		const headers = { authorization: `Bearer ${scene.token}` };
		const answer = await fetch(`${scene.url}/${file}`, { headers: { ...headers, 'accept-encoding': 'br' } });
		assert.equal(answer.headers.get('content-encoding'), 'br');
		assert.match(answer.headers.get('content-security-policy'), /^default-src 'none'; script-src 'self'; style-src 'self';/);
		total += Number(answer.headers.get('content-length'));
		const again = await fetch(`${scene.url}/${file}`, { headers: { ...headers, 'if-none-match': answer.headers.get('etag') } });
		assert.equal(again.status, 304);
		const plain = await fetch(`${scene.url}/${file}`, { headers: { ...headers, 'accept-encoding': 'identity' } });
		assert.equal(plain.headers.get('content-encoding'), null);
		assert.equal(await plain.text(), await answer.text());
	}
	t.diagnostic(`page: ${total} bytes, compressed`);
	assert.ok(total <= 200_000);
	assert.equal((await fetch(`${scene.url}/assets/none.js`, { headers: { authorization: `Bearer ${scene.token}` } })).status, 404);
});

for (const name of [
	'now',
	'programs',
	'programs of the history',
	'events',
	'events of the history',
	'filter',
	'guard',
	'machine',
	...['explain', 'code', 'graph', 'records', 'maps', 'versions', 'usage'].map(view => `program, ${view}`),
]) {
	test(`${name}: at each width, dark and light, no error and nothing that axe finds`, async () => {
		const { page, wrong, close } = await open(views[name]);
		const absent = await page.locator('.note:has-text("Not available")').allInnerTexts();
		assert.deepEqual(
			absent.filter(text => !/map tap/.test(text)),
			[],
		);
		assert.deepEqual(await page.locator('.note.is-bad').allInnerTexts(), []);
		for (const [width, height] of widths) {
			await page.setViewportSize({ width, height });
			for (const colorScheme of ['light', 'dark']) {
				await page.emulateMedia({ colorScheme });
				await page.waitForTimeout(150);
				await axeOf(page, `${name}-${colorScheme}-${width}`);
			}
			const wide = await page.evaluate(() => document.scrollingElement.scrollWidth - innerWidth);
			if (wide > 0) await picture(page, `wide-${name}-${width}`);
			assert.ok(wide <= 0, `the page is ${wide} pixels wider than ${width}`);
		}
		assert.deepEqual(wrong, []);
		await close();
	});
}

test('a name as long as one may be stays in its column', async () => {
	const { page, wrong, close } = await open('#/');
	const name = 'n'.repeat(63);
	await page.route(
		address => address.pathname === '/api/v1/filter',
		async route => {
			const answer = await route.fetch();
			const [table, ...others] = await answer.json();
			await route.fulfill({ response: answer, json: [table, { ...table, table: name }, ...others] });
		},
	);
	await page.goto(`${scene.url}/${views.filter}`);
	const link = page.locator(`.tables a:has-text("${name}")`);
	await link.waitFor();
	for (const [width, height] of widths) {
		await page.setViewportSize({ width, height });
		const past = await link.evaluate(one => {
			const text = document.createRange();
			text.selectNodeContents(one);
			return text.getBoundingClientRect().right - one.closest('nav').getBoundingClientRect().right;
		});
		assert.ok(past <= 0, `the name is ${past} pixels past its column at ${width}`);
		const wide = await page.evaluate(() => document.querySelector('.tables').getBoundingClientRect().width);
		assert.ok(width < 900 || wide <= 190, `the column is ${wide} pixels wide at ${width}`);
	}
	assert.deepEqual(wrong, []);
	await close();
});

test('the filter of events is in the address, and stays when the page is loaded anew', async () => {
	await scene.events(20, 0);
	const { page, wrong, close } = await open('#/events');
	await page.click('button:text-is("History")');
	await page.fill('label:has-text("cmd") input', 'map_create');
	await page.fill('label:has-text("since") input', '1h');
	await page.fill('label:has-text("Text") input', 'storm_map');
	await page.waitForFunction(() => ['text=storm_map', 'cmd=map_create', 'since=1h'].every(one => location.hash.includes(one)));
	const address = page.url();
	const rows = () => page.locator('#events .grid-body [role=row] [role=gridcell]:nth-child(2)').allInnerTexts();
	await page.waitForFunction(() => document.querySelectorAll('#events .grid-body .grid-row').length > 5);
	assert.deepEqual([...new Set(await rows())], ['map_create']);
	await page.reload();
	await settled(page);
	await page.waitForFunction(() => document.querySelectorAll('#events .grid-body .grid-row').length > 5);
	assert.equal(page.url(), address);
	assert.equal(await page.inputValue('label:has-text("cmd") input'), 'map_create');
	assert.deepEqual([...new Set(await rows())], ['map_create']);
	assert.equal(await page.getAttribute('button:text-is("History")', 'aria-pressed'), 'true');
	assert.deepEqual(wrong, []);
	await close();
});

test('names that look like HTML are text', async () => {
	const { page, wrong, close } = await open('#/events?text=storm_map');
	await scene.events(20, 0);
	await page.waitForFunction(() => document.querySelector('#events')?.textContent.includes('<img src=x>['));
	await page.click('#events .grid-body .grid-row >> nth=0');
	assert.match(await page.innerText('.detail'), /<img src=x>/);
	await page.goto(`${scene.url}/#/filter/${scene.device}`);
	await page.waitForFunction(text => document.querySelector('#rules')?.textContent.includes(text), scene.hostile);
	assert.equal(await page.locator('img').count(), 0);
	assert.deepEqual(wrong, []);
	await close();
});

test('a packet is tried: the deciding rule is shown', async () => {
	const { page, wrong, close } = await open(views.filter);
	await page.fill('label:has-text("Packet") input', 'udp 10.0.0.1:5 > 10.0.0.2:53');
	await page.waitForFunction(() => document.querySelector('.verdict')?.textContent.includes('no questions'));
	assert.match(await page.innerText('.verdict'), /drop/);
	assert.match(page.url(), /packet=udp/);
	assert.deepEqual(wrong, []);
	await page.fill('label:has-text("Packet") input', 'tcp 10.0.0.1:5 > 10.0.0.2:443');
	await page.waitForFunction(() => document.querySelector('.verdict')?.textContent.includes('pass'));
	await close();
});

test('a policy is learned of the history', async () => {
	await scene.events(20, 0);
	const { page, wrong, close } = await open(views.guard);
	await page.click('button:text-is("Learn from history")');
	await page.waitForFunction(() => /default = "deny"/.test(document.querySelector('[aria-label="Learned policy"]')?.textContent ?? ''));
	await axeOf(page, 'guard-learned');
	assert.deepEqual(wrong, []);
	await close();
});

test('who sends most is shown', async () => {
	const { page, wrong, close } = await open(views.filter);
	scene.traffic();
	await page.waitForFunction(() => document.querySelector('[aria-label="Top sources"] table tbody tr') !== null);
	for (const title of ['Top sources', 'Top ports', 'Frame lengths'])
		assert.match(await page.innerText(`section[aria-label="${title}"] table`), /\d/);
	assert.deepEqual(wrong, []);
	await close();
});

test('rules have rates, and rules to be confirmed a countdown', async () => {
	const { page, wrong, close } = await open(views.filter);
	const count = () => page.locator('#rules .grid-body .grid-row >> nth=1').innerText();
	const earlier = await count();
	scene.traffic();
	await page.waitForFunction(text => document.querySelectorAll('#rules .grid-body .grid-row')[1].innerText !== text, earlier);
	await page.waitForSelector('#rules .spark polyline', { state: 'attached' });
	const pending = scene.confirmSoon(20);
	const ended = new Promise(resolve => pending.once('exit', resolve));
	await page.waitForSelector('[role=timer] b');
	const left = Number((await page.innerText('[role=timer] b')).split(' ')[0]);
	assert.ok(left > 0 && left <= 20, `${left} s left`);
	await page.waitForFunction(before => Number(document.querySelector('[role=timer] b')?.textContent.split(' ')[0]) < before, left);
	await page.click('button:has-text("Keep these rules")');
	await page.waitForSelector('[role=timer]', { state: 'detached', timeout: 8000 });
	pending.stdin.end('\n');
	await ended;
	assert.deepEqual(wrong, []);
	await close();
});

test('the graph is searched and zoomed; what is chosen in the code is shown in all panes', async () => {
	const { page, wrong, close } = await open(views['program, graph']);
	const place = () => page.getAttribute('.graph-view svg', 'viewBox');
	const first = await place();
	await page.focus('.graph-view');
	await page.keyboard.press('+');
	await page.waitForFunction(before => document.querySelector('.graph-view svg').getAttribute('viewBox') !== before, first);
	await page.fill('.graph-tools input', 'ringbuf_submit');
	await page.waitForSelector('.node.is-current');
	await page.goto(`${scene.url}/${views['program, code']}`);
	await page.click('#lines-bytecode .line >> nth=5');
	await page.waitForFunction(() =>
		['pseudo', 'bytecode', 'source'].every(pane => document.querySelector(`#lines-${pane} .is-linked`)),
	);
	assert.match(page.url(), /pc=\d+/);
	assert.deepEqual(wrong, []);
	await close();
});

test('all can be done by the keyboard', async () => {
	const { page, wrong, close } = await open('#/programs?sort=id');
	await page.keyboard.press('Tab');
	assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
	await page.keyboard.press('Enter');
	assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
	await page.focus('#of-loaded');
	await page.keyboard.press('ArrowRight');
	assert.equal(await page.getAttribute('#of-history', 'aria-selected'), 'true');
	await page.keyboard.press('ArrowLeft');
	await page.waitForSelector('#programs .grid-body .grid-row');
	await page.focus('#programs');
	for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowDown');
	assert.equal(await page.getAttribute('#programs', 'aria-activedescendant'), 'programs-2');
	const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
	assert.equal(outline, 'solid');
	await page.keyboard.press('End');
	assert.equal(
		await page.evaluate(
			() =>
				document.querySelector('#programs').ariaRowCount -
				2 -
				Number(document.querySelector('#programs').getAttribute('aria-activedescendant').split('-')[1]),
		),
		0,
	);
	await page.keyboard.press('Enter');
	await page.waitForFunction(() => location.hash.startsWith('#/program/'));
	assert.deepEqual(wrong, []);
	await close();
});

/** How long it takes from what a person does to the picture of it, in milliseconds. */
async function timed(page, act, isDone) {
	// Text that the debugger evaluates: the policy of the page lets it make no functions of text.
	await page.evaluate(`(() => {
		const isDone = ${isDone};
		window.took = new Promise((resolve, reject) => {
			setTimeout(() => reject(new Error('nothing came of it')), 30_000);
			const begin = () => {
				const begun = performance.now();
				const look = () => requestAnimationFrame(isDone() ? () => resolve(performance.now() - begun) : look);
				requestAnimationFrame(look);
			};
			for (const type of ['pointerdown', 'keydown', 'wheel'])
				addEventListener(type, begin, { once: true, capture: true });
		});
	})()`);
	await act();
	return page.evaluate(() => window.took);
}

test(`interactions with ${programs} programs and ${manyEvents} events`, async t => {
	await scene.load(programs);
	const { page, wrong, close } = await open('#/programs');
	const report = (what, ms) => {
		t.diagnostic(`interaction: ${what}: ${ms.toFixed(0)} ms${ms > budgetMs ? ` (more than ${budgetMs})` : ''}`);
		assert.ok(ms < mostMs, `${what} took ${ms} ms`);
	};
	await page.waitForFunction(n => Number(document.querySelector('#programs')?.ariaRowCount) > n, programs, { timeout: 60_000 });
	report(
		'sorting programs',
		await timed(
			page,
			() => page.click('#programs [role=columnheader] button:text("name")'),
			() => document.querySelector('#programs [aria-sort]')?.textContent.startsWith('name'),
		),
	);
	await page.hover('#programs .grid-body');
	report(
		'scrolling programs',
		await timed(
			page,
			() => page.mouse.wheel(0, 20_000),
			() => Number(document.querySelector('#programs .grid-body .grid-row')?.getAttribute('aria-rowindex')) > 300,
		),
	);
	// A digit that not all ids have.
	const ids = await page.evaluate(async () => (await (await fetch('/api/v1/loaded')).json()).map(one => `${one.id}`));
	const digit = [...'7938456210'].find(one => !ids.every(id => id.includes(one)));
	await page.focus('label:has-text("Filter") input');
	// 100 ms of it are the pause after a key that the page waits for.
	report(
		'filtering programs, with the pause of 100 ms',
		await timed(
			page,
			() => page.keyboard.press(digit),
			() => document.querySelector('.count').textContent.includes(' of '),
		),
	);

	await page.goto(`${scene.url}/#/events`);
	await page.waitForSelector('#events');
	await scene.events(manyEvents, 4000);
	await page.waitForFunction(n => Number(document.querySelector('#events').ariaRowCount) > n, manyEvents * 0.9, { timeout: 60_000 });
	t.diagnostic(
		`interaction: rows of events: ${await page.getAttribute('#events', 'aria-rowcount')}; ${await page.innerText('.count')}`,
	);
	await page.hover('#events .grid-body');
	report(
		'scrolling events',
		await timed(
			page,
			() => page.mouse.wheel(0, 200_000),
			() => Number(document.querySelector('#events .grid-body .grid-row')?.getAttribute('aria-rowindex')) > 3000,
		),
	);
	report(
		'opening an event',
		await timed(
			page,
			() => page.click('#events .grid-body .grid-row >> nth=8'),
			() => document.querySelector('.detail'),
		),
	);
	await page.focus('label:has-text("Text") input');
	report(
		'filtering events, with the pause of 100 ms',
		await timed(
			page,
			() => page.keyboard.press('z'),
			() => document.querySelector('.count').textContent.includes(' of '),
		),
	);
	await page.keyboard.press('Backspace');
	await page.waitForFunction(() => !document.querySelector('.count').textContent.includes(' of '));
	// While events come.
	const storm = scene.events(2000, 500);
	await page.hover('#events .grid-body');
	report(
		'scrolling events while 500/s come',
		await timed(
			page,
			() => page.mouse.wheel(0, 60_000),
			() => Number(document.querySelector('#events .grid-body .grid-row')?.getAttribute('aria-rowindex')) > 1000,
		),
	);
	await storm;
	assert.deepEqual(wrong, []);
	await close();
});
