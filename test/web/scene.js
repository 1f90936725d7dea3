// An agent of its own, with programs, a packet filter and events, for the page to show.
'use strict';
const { execFileSync, spawn } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');

const skep = process.env.SKEP;
const root = path.join(__dirname, '../..');
const ownDevice = `skepw${process.pid % 100000}`,
	ownPeer = `skepv${process.pid % 100000}`;
const hostile = '<img src=x onerror=alert(1)>';

const run = (file, ...words) => execFileSync(file, words, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });

function line(stream, wanted, seconds) {
	return new Promise((resolve, reject) => {
		let text = '';
		const timer = setTimeout(() => reject(new Error(`"${wanted}" did not come: ${text}`)), seconds * 1000);
		const take = chunk => {
			text += chunk;
			if (!text.includes(wanted)) return;
			clearTimeout(timer);
			stream.off('data', take);
			resolve(text);
		};
		stream.on('data', take);
	});
}

const freePort = () =>
	new Promise(resolve => {
		const server = net.createServer().listen(0, '127.0.0.1', () => {
			const { port } = server.address();
			server.close(() => resolve(port));
		});
	});

/**
 * @param object The object file of demo/ringbuf_submit.
 * @param device, peer Names of the devices that are made.
 * @param table, rules The table that filters the device.
 */
async function start({
	object = 'out/demo/ringbuf_submit.bpf.o',
	device = ownDevice,
	peer = ownPeer,
	table = device,
	rules = [`tcp dport 22 drop comment "${hostile}"`, 'udp dport 53 drop comment "no questions"', 'ip protocol icmp pass'],
} = {}) {
	const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'skep-web-'));
	fs.chmodSync(directory, 0o700);
	const children = [];
	const stop = async () => {
		for (const child of children.reverse()) {
			if (child.exitCode !== null || child.signalCode !== null) continue;
			const ended = new Promise(resolve => child.once('exit', resolve));
			child.stdin?.end();
			child.kill('SIGTERM');
			await ended;
		}
		for (const words of [
			[skep, 'filter', 'remove', table],
			['ip', 'link', 'del', device],
		]) {
			try {
				run(...words);
			} catch {
				/* it was not made */
			}
		}
		fs.rmSync(directory, { recursive: true, force: true });
	};
	try {
		const port = await freePort();
		const config = path.join(directory, 'skep.toml');
		fs.writeFileSync(
			config,
			`state_dir = "${directory}/state"\nruntime_dir = "${directory}/run"\nlisten = "127.0.0.1:${port}"\n` +
				'[usage]\ninterval = "2s"\nduty = 0.5\n[web]\nwrite = true\n',
		);
		const agent = spawn(skep, ['agent', '--config', config], { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
		children.push(agent);
		let messages = '';
		agent.stderr.setEncoding('utf8').on('data', text => {
			messages += text;
		});
		await line(agent.stderr, 'the page:', 60);

		const loader = path.join(directory, 'ringbuf_submit');
		fs.copyFileSync(path.join(root, 'out/demo/ringbuf_submit'), loader);
		fs.copyFileSync(path.join(root, object), `${loader}.bpf.o`);
		const ringbuf = spawn('./ringbuf_submit', ['ringbuf_submit.bpf.o', '3000'], { cwd: directory, stdio: 'ignore' });
		children.push(ringbuf);
		const storm = spawn('out/webtest/storm', [], { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] });
		children.push(storm);
		storm.stdout.setEncoding('utf8');
		const tell = async command => {
			const done = line(storm.stdout, 'done', 120);
			storm.stdin.write(`${command}\n`);
			await done;
		};
		const load = count => tell(`load ${count}`);
		const events = (count, rate) => tell(`make ${count} ${rate}`);

		run('ip', 'link', 'add', device, 'type', 'veth', 'peer', 'name', peer);
		// Whose they are, for tests beside these that look for what is left (LeakCheck).
		for (const end of [device, peer]) run('ip', 'link', 'set', end, 'alias', `skep-test-${process.pid}`);
		for (const one of [device, peer]) {
			run('ip', 'link', 'set', one, 'addrgenmode', 'none', 'arp', 'off');
			run('ethtool', '-K', one, 'gro', 'on');
			run('ip', 'link', 'set', one, 'up');
		}
		const file = path.join(directory, 'rules.skep');
		const lines = [`devices = { ${device} }`, 'policy pass', 'track sources, ports, sizes', ...rules].map(one => `\t${one}\n`).join('');
		fs.writeFileSync(file, `table ${table} {\n${lines}}\n`);
		run(skep, 'filter', 'apply', file);
		const traffic = (count = 50) =>
			run(
				'out/demo/traffic',
				peer,
				fs.readFileSync(`/sys/class/net/${device}/address`, 'utf8').trim(),
				String(count),
				'0',
			);
		traffic();
		const token = fs.readFileSync(path.join(directory, 'run/token'), 'utf8').trim();
		return {
			device,
			hostile,
			token,
			url: `http://127.0.0.1:${port}`,
			load,
			events,
			traffic,
			stop,
			pid: agent.pid,
			messages: () => messages,
			confirmSoon: seconds =>
				spawn(skep, ['filter', 'apply', file, '--confirm', `${seconds}s`], {
					cwd: root,
					stdio: ['pipe', 'ignore', 'ignore'],
				}),
		};
	} catch (e) {
		await stop();
		throw e;
	}
}

module.exports = { start };
