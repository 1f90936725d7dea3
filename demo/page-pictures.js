// Called by page-pictures.sh.
'use strict';
const path = require('node:path');
const { chromium } = require('playwright-core');
const { start } = require('../test/web/scene.js');

const pictures = path.join(__dirname, '../docs/pictures');
const rules = [
	'ip saddr 192.0.2.0/24 drop comment "not from there"',
	'tcp dport 22 drop comment "no ssh from there"',
	'udp dport 53 drop comment "no questions from there"',
	'udp dport 7 swap ether,ip,udp tx',
	'tcp dport { 80, 443 } pass comment "web"',
	'ip protocol icmp limit rate 20/second pass comment "some pings"',
	'ip protocol icmp drop comment "more pings"',
];

async function main() {
	const scene = await start({ object: 'out/webtest/ringbuf_submit.bpf.o', device: 'edge0', peer: 'edge1', table: 'edge', rules });
	const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
	try {
		const page = await browser.newPage({ viewport: { width: 1120, height: 680 } });
		page.setDefaultTimeout(120_000);
		await page.goto(`${scene.url}/?token=${scene.token}`);
		const traffic = setInterval(() => scene.traffic(10 + Math.floor(Math.random() * 40)), 2000);
		// Time for samples of usage.
		await page.waitForTimeout(15_000);
		const loaded = await page.evaluate(() => fetch('/api/v1/loaded').then(answer => answer.json()));
		const program = loaded.find(one => one.name === 'ringbuf_submit');
		const name = encodeURIComponent(program.sha256 ?? `id:${program.id}`);
		const table = loaded.find(one => one.name === 'edge');
		const shots = [
			['now', '#/', 4000],
			['explain', `#/program/${name}?view=explain`, 6000],
			['code', `#/program/${name}?view=code&pc=10`, 6000],
			['graph', `#/program/${encodeURIComponent(`id:${table.id}`)}?view=graph`, 8000],
			['usage', `#/program/${name}?view=usage`, 4000],
			['events', '#/events?of=history&comm=ringbuf_submit&cmd=prog_load,link_create,map_create', 4000],
			['filter', `#/filter/edge?packet=${encodeURIComponent('udp 10.0.0.1:5 > 10.0.0.2:53')}`, 24_000],
			['guard', '#/guard', 3000],
			['machine', '#/machine', 12_000],
		];
		for (const [picture, hash, wait] of shots) {
			// An analysis is a process of its own; on a machine that does other things it may take longer than it may.
			for (let tries = 0; tries < 6; tries++) {
				await page.goto(`${scene.url}/${hash}`);
				await page.reload();
				await page.waitForTimeout(wait);
				await page.waitForFunction(
					() =>
						![...document.querySelectorAll('.note')].some(one =>
							/^(Reading|Waiting)/.test(one.textContent),
						),
				);
				if ((await page.locator('.note:has-text("Not available")').count()) === 0) break;
			}
			if (picture === 'guard') {
				await page.click('text=Learn from history');
				await page.waitForTimeout(3000);
			}
			if (picture === 'events') await page.click('#events .grid-body .grid-row >> nth=2');
			await page.waitForTimeout(300);
			await page.screenshot({ path: path.join(pictures, `page-${picture}.png`) });
		}
		clearInterval(traffic);
	} finally {
		await browser.close();
		await scene.stop();
	}
}

main().catch(e => {
	console.error(`page-pictures: ${e.stack}`);
	process.exit(1);
});
