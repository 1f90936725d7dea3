// The site that `make site` makes of the documentation: each page is there and read by anyone, and a dead link fails it.
'use strict';
const assert = require('node:assert/strict');
const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { test, before, after } = require('node:test');
const { chromium } = require('playwright-core');
const { HtmlValidate } = require('html-validate');

const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const root = path.join(__dirname, '../..');
const site = path.join(root, 'out/site');

let browser, pages;

before(async () => {
	execFileSync('make', ['--no-print-directory', '-s', 'site'], { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
	pages = fs.readdirSync(site, { recursive: true }).filter(file => file.endsWith('.html'));
	browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
});

after(() => browser?.close());

const address = file => pathToFileURL(path.join(site, file)).href;

test('each page of docs is on the site, and in the navigation of each page', async () => {
	const documents = fs.readdirSync(path.join(root, 'docs')).filter(file => file.endsWith('.md') && file !== 'index.md');
	const page = await browser.newPage();
	for (const from of ['index.html', 'docs/filter.html', 'src/Skep.Filter/index.html']) {
		await page.goto(address(from));
		const links = await page.locator('nav a').evaluateAll(all => all.map(one => one.href));
		for (const document of documents) assert.ok(links.includes(address(`docs/${document.replace(/md$/, 'html')}`)), `${from}: ${document}`);
	}
	await page.goto(address('docs/filter.html'));
	assert.equal(await page.getAttribute('nav [aria-current=page]', 'href'), '../docs/filter.html');
	await page.close();
});

test('html-validate finds nothing', async () => {
	const validate = new HtmlValidate({ root: true, extends: ['html-validate:standard', 'html-validate:a11y'] });
	const found = [];
	for (const file of pages) {
		const report = await validate.validateFile(path.join(site, file));
		for (const message of report.results.flatMap(one => one.messages)) found.push(`${file}:${message.line}: ${message.message}`);
	}
	assert.deepEqual(found, []);
});

test('each page fits the narrowest width, has no script, asks nothing of others and shows its pictures', async () => {
	const page = await browser.newPage({ viewport: { width: 360, height: 740 } });
	const wrong = [];
	let from;
	page.on('console', message => wrong.push(`${from}: ${message.text()}`));
	page.on('request', request => {
		if (!request.url().startsWith(address(''))) wrong.push(`${from}: a request of ${request.url()}`);
	});
	// The icon of a page that is left is not waited for.
	page.on('requestfailed', request => {
		const { errorText } = request.failure();
		if (errorText !== 'net::ERR_ABORTED') wrong.push(`${from}: ${request.url()}: ${errorText}`);
	});
	for (from of pages) {
		await page.goto(address(from));
		const found = await page.evaluate(() => ({
			wide: document.scrollingElement.scrollWidth - innerWidth,
			scripts: document.scripts.length,
			empty: [...document.images].filter(one => one.naturalWidth === 0).map(one => one.src),
		}));
		if (found.wide > 0 || found.scripts > 0 || found.empty.length > 0) wrong.push(`${from}: ${JSON.stringify(found)}`);
	}
	assert.deepEqual(wrong, []);
	await page.close();
});

test('axe finds nothing, dark and light, narrow and wide', async () => {
	for (const [file, width, colorScheme] of [
		['index.html', 360, 'light'],
		['docs/index.html', 1400, 'light'],
		['docs/comparison.html', 1400, 'dark'],
	]) {
		const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
		await page.goto(address(file));
		await page.evaluate(`${axe}; 0`);
		const found = await page.evaluate(() => window.axe.run(document));
		assert.deepEqual(
			found.violations.flatMap(one => one.nodes.map(node => `${file}: ${one.id}: ${node.html.slice(0, 160)} ${node.failureSummary}`)),
			[],
		);
		await page.close();
	}
});

test('the keyboard goes to the text, and to the pages', async () => {
	const page = await browser.newPage({ viewport: { width: 360, height: 740 } });
	await page.goto(address('docs/filter.html'));
	await page.keyboard.press('Tab');
	assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
	await page.keyboard.press('Enter');
	assert.equal(await page.evaluate(() => document.activeElement.localName), 'main');
	await page.click('.menu');
	assert.equal(await page.evaluate(() => document.activeElement.localName), 'nav');
	await page.keyboard.press('Tab');
	assert.equal(await page.evaluate(() => document.activeElement.innerText), 'Install and remove');
	await page.close();
});

/** What site.sh prints for a tree of two pages. */
function made(readme, other, environment = {}) {
	const tree = fs.mkdtempSync(path.join(os.tmpdir(), 'skep-site-'));
	try {
		for (const file of ['build/site', 'build/site.sh', 'build/version.sh', 'build/commit', 'Directory.Build.props', 'web/src/icon.svg', 'NOTICE'])
			fs.cpSync(path.join(root, file), path.join(tree, file), { recursive: true });
		fs.mkdirSync(path.join(tree, 'docs'));
		fs.writeFileSync(path.join(tree, 'README.md'), readme);
		fs.writeFileSync(path.join(tree, 'docs/index.md'), '| pages | |\n|---|---|\n| [Other](other.md) | |\n');
		fs.writeFileSync(path.join(tree, 'docs/other.md'), other);
		const { status, stderr } = spawnSync(path.join(tree, 'build/site.sh'), {
			encoding: 'utf8',
			env: { ...process.env, REPOSITORY_URL: '', ...environment },
		});
		const index = path.join(tree, 'out/site/index.html');
		return { status, stderr, html: fs.existsSync(index) ? fs.readFileSync(index, 'utf8') : null };
	} finally {
		fs.rmSync(tree, { recursive: true, force: true });
	}
}

test('dead links fail, and are named with their pages', () => {
	const { status, stderr, html } = made(
		'# Skep\n\n[a](docs/none.md) [b](docs/other.md#nowhere) [c](docs/other.md#a-part-1) [d](src/none.c) ![e](docs/none.png) [f](#skip)\n',
		'# Other\n\n## A part\n\n[back](../README.md#skep), [beyond](../../README.md)\n\n## A part\n',
	);
	assert.notEqual(status, 0);
	assert.equal(html, null);
	assert.deepEqual(
		stderr
			.trim()
			.split('\n')
			.sort(),
		[
			'skep: docs/other.html: a link leads to ../../README.md, which does not exist',
			'skep: index.html: a link leads to docs/none.html, which does not exist',
			'skep: index.html: a link leads to docs/none.png, which does not exist',
			'skep: index.html: a link leads to src/none.c, which does not exist',
			'skep: index.html: docs/other.html has no heading #nowhere',
			'skep: index.html: index.html has no heading #skip',
		],
	);
});

test('links to other files of the repository lead to its address, or are its paths', () => {
	const readme = '# Skep\n\n[NOTICE](NOTICE), [versions](build/version.sh#L3), [all](docs/).\n';
	const plain = made(readme, '# Other\n');
	assert.equal(plain.status, 0, plain.stderr);
	assert.match(plain.html, /<p>NOTICE, versions \(<code>build\/version.sh<\/code>\), <a href="docs\/index.html">all<\/a>\.<\/p>/);
	const linked = made(readme, '# Other\n', { REPOSITORY_URL: 'https://example.com/skep/' });
	assert.equal(linked.status, 0, linked.stderr);
	assert.match(linked.html, /<a href="https:\/\/example.com\/skep\/blob\/HEAD\/NOTICE">NOTICE<\/a>/);
	assert.match(linked.html, /<a href="https:\/\/example.com\/skep\/blob\/HEAD\/build\/version.sh#L3">/);
});
