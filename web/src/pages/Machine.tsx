import { pathOf, useApi } from '../api';
import { ago, bytes, count, day, safe, span } from '../format';
import { Json } from '../parts/Json';
import { Facts, Loaded, Section, Table, useNow } from '../parts/basic';
import type { Counters, Status } from '../types';

interface Finding {
	value: unknown;
	health: string;
	remedy?: string;
}

interface Backend {
	tier: number;
	name: string;
	backend?: string;
	usable: boolean;
	reason?: string;
	missed?: string[];
}

interface Run {
	started: string;
	alive: string;
	ended?: string;
	boot: string;
	host?: string;
	version: string;
	tier: number;
	events: Counters;
}

/** What the machine permits, and how the agent fares. */
export function Machine() {
	const status = useApi<Status>(pathOf('status'), 2000);
	const doctor = useApi<Record<string, unknown>>(pathOf('doctor'), 60_000);
	const runs = useApi<Run[]>(pathOf('runs', { last: '50' }), 15_000);
	return (
		<>
			<h1 class="visually-hidden">Machine</h1>
			<div class="machine">
				<Section title="Agent">
					<Loaded of="the agent’s status" answer={status}>
						{one => <Agent status={one} />}
					</Loaded>
				</Section>
				<Section title="Events" note="captured = stored + pending + dropped">
					<Loaded of="the agent’s status" answer={status}>
						{one => <Identity counters={one.events} />}
					</Loaded>
				</Section>
				<Section title="Doctor" className="doctor">
					<Loaded of="the doctor" answer={doctor}>
						{one => <Doctor doctor={one} />}
					</Loaded>
				</Section>
				<Section title="Runs of agents" className="wide">
					<Loaded of="the runs" answer={runs}>
						{list => <Runs runs={list} />}
					</Loaded>
				</Section>
			</div>
		</>
	);
}

const known = ['time', 'pid', 'version', 'host', 'started', 'tier', 'state_dir', 'bytes_database', 'bytes_programs', 'events'];

function Agent({ status }: { status: Status }) {
	const now = useNow();
	const others = Object.entries(status).filter(([key]) => !known.includes(key));
	return (
		<>
			<Facts
				facts={[
					['host', safe(status.host)],
					['version', safe(status.version)],
					['pid', status.pid],
					['started', `${day(status.started)} UTC, ${span((now - Date.parse(status.started)) / 1000)}`],
					['written', ago(status.time, now)],
					['backend', status.tier],
					['history', safe(status.state_dir)],
					['database', bytes(status.bytes_database)],
					['code', bytes(status.bytes_programs)],
				]}
			/>
			{others.length > 0 && <Json value={Object.fromEntries(others)} />}
		</>
	);
}

function Identity({ counters }: { counters: Counters }) {
	const dropped = Object.entries(counters.dropped);
	const lost = dropped.reduce((sum, [, n]) => sum + n, 0);
	const isWhole = counters.captured === counters.stored + counters.pending + lost;
	const reasons: Record<string, string> = {
		kernel: 'the ring buffer was full (watch.buffer)',
		queue: 'too many waited to be stored',
		store: 'the database did not take them',
	};
	return (
		<>
			<Table
				label="Events"
				heads={['', 'events', 'why']}
				numbers={[1]}
				rows={[
					['captured', count(counters.captured), ''],
					['stored', count(counters.stored), ''],
					['pending', count(counters.pending), 'wait for the database'],
					...dropped.map(([cause, n]) => [
						<span class={n > 0 ? 'is-bad' : ''}>dropped: {cause}</span>,
						count(n),
						reasons[cause] ?? '',
					]),
				]}
			/>
			<p class={isWhole ? 'is-good' : 'is-bad'}>{isWhole ? 'The sum is exact.' : 'The sum is not exact.'}</p>
		</>
	);
}

function Doctor({ doctor }: { doctor: Record<string, unknown> }) {
	const rows = Object.entries(doctor).filter(
		(entry): entry is [string, Finding] => typeof entry[1] === 'object' && entry[1] !== null && 'health' in entry[1],
	);
	const backends = (Array.isArray(doctor.tiers) ? doctor.tiers : []) as Backend[];
	const missed = (Array.isArray(doctor.missed) ? doctor.missed : []) as string[];
	return (
		<>
			<Table
				label="What the machine permits"
				heads={['', 'value', 'remedy']}
				rows={rows.map(([name, one]) => [
					name.replace(/_/g, ' '),
					<span class={`health-${one.health}`}>{safe(one.value)}</span>,
					safe(one.remedy),
				])}
			/>
			<h3>Capture backends</h3>
			<Table
				label="Capture backends"
				heads={['', 'backend', 'usable', 'why not']}
				rows={backends.map(one => [
					one.tier,
					one.name,
					<span class={one.usable ? 'is-good' : 'is-dim'}>
						{one.usable ? (one.tier === doctor.tier ? 'in use' : 'yes') : 'no'}
					</span>,
					safe(one.reason),
				])}
			/>
			{missed.length > 0 && (
				<details>
					<summary>What the backend in use does not see ({missed.length})</summary>
					<ul>
						{missed.map(one => (
							<li key={one}>{safe(one)}</li>
						))}
					</ul>
				</details>
			)}
		</>
	);
}

function Runs({ runs }: { runs: Run[] }) {
	return (
		<Table
			label="Runs of agents"
			heads={['started (UTC)', 'ended (UTC)', 'version', 'backend', 'captured', 'stored', 'pending', 'dropped']}
			numbers={[4, 5, 6, 7]}
			rows={[...runs]
				.reverse()
				.map(run => [
					day(run.started),
					run.ended ? day(run.ended) : <span class="dim">alive {day(run.alive)}</span>,
					safe(run.version),
					run.tier,
					count(run.events.captured),
					count(run.events.stored),
					count(run.events.pending),
					count(Object.values(run.events.dropped).reduce((sum, n) => sum + n, 0)),
				])}
		/>
	);
}
