import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ApiError, get, pathOf, post, useApi } from '../api';
import { bytes, count, day, many, rate, safe } from '../format';
import { type Column, Grid } from '../parts/Grid';
import { Sparkline } from '../parts/Sparkline';
import { Facts, Failure, Loaded, Section, Table, TextField, useNow } from '../parts/basic';
import { hrefOf, readRoute, setQuery } from '../router';
import type { FilterRule, FilterStats, FilterTable, Packets, Status, TopCounts } from '../types';

const everyMs = 2000,
	samples = 60;

/** Packet filters: their rules with rates, and what they would do with a packet. */
export function Filter({ table }: { table: string | undefined }) {
	const answer = useApi<FilterTable[]>(pathOf('filter'), everyMs);
	return (
		<>
			<h1 class="visually-hidden">Filter</h1>
			<Loaded of="the packet filters" answer={answer}>
				{tables =>
					tables.length === 0 ? (
						<p class="note">No table is applied (skep filter apply FILE).</p>
					) : (
						<Tables tables={tables} wanted={table} />
					)
				}
			</Loaded>
		</>
	);
}

interface Rates {
	packets: number[];
	bytes: number;
}

/** Rates of counters, from successive answers. What counts less than before was applied anew. */
function useRates(table: FilterTable): Map<string, Rates> {
	const kept = useRef<{ of?: string; at: number; counters: Map<string, Packets>; rates: Map<string, Rates> }>({
		at: 0,
		counters: new Map(),
		rates: new Map(),
	});
	return useMemo(() => {
		const now = performance.now(),
			before = kept.current;
		const isMore = before.of === table.table;
		const seconds = (now - before.at) / 1000;
		const counters = new Map<string, Packets>(),
			rates = new Map<string, Rates>();
		const all: [string, Packets][] = [
			...table.rules.map((rule): [string, Packets] => [`rule ${rule.id}`, rule]),
			...Object.entries(table.actions).map(([name, one]): [string, Packets] => [`action ${name}`, one]),
		];
		for (const [key, one] of all) {
			counters.set(key, { packets: one.packets, bytes: one.bytes });
			const last = isMore ? before.counters.get(key) : undefined;
			const past = isMore ? (before.rates.get(key)?.packets ?? []) : [];
			const isRate = last !== undefined && one.packets >= last.packets && seconds > 0;
			rates.set(key, {
				packets: isRate ? [...past, (one.packets - last.packets) / seconds].slice(-samples) : past,
				bytes: isRate ? (one.bytes - last.bytes) / seconds : 0,
			});
		}
		kept.current = { of: table.table, at: now, counters, rates };
		return rates;
	}, [table]);
}

function Tables({ tables, wanted }: { tables: FilterTable[]; wanted: string | undefined }) {
	const open = wanted === undefined ? tables[0] : tables.find(one => one.table === wanted);
	return (
		<div class="filter">
			<nav class="tables" aria-label="Tables">
				{tables.map(one => (
					<a
						key={one.table}
						href={hrefOf(['filter', one.table])}
						aria-current={one === open ? 'page' : undefined}>
						<b>{safe(one.table)}</b>
						<span class="dim">{one.devices.map(device => safe(device.device)).join(', ')}</span>
						<span class="dim">{many(one.rules.length, 'rule')}</span>
						{one.returns_in !== undefined && <span class="is-warn">to be confirmed</span>}
					</a>
				))}
			</nav>
			{open ? (
				<OneTable key={open.table} table={open} />
			) : (
				<p class="note" role="status">
					Table {safe(wanted)} is not applied.
				</p>
			)}
		</div>
	);
}

function OneTable({ table }: { table: FilterTable }) {
	const rates = useRates(table);
	return (
		<div class="filter-table">
			{table.returns_in !== undefined && <Pending table={table} seconds={table.returns_in} />}
			<Facts
				facts={[
					['table', safe(table.table)],
					['policy', table.policy],
					[
						'devices',
						table.devices
							.map(device =>
								[
									safe(device.device),
									device.netns && `netns ${safe(device.netns)}`,
									`(${device.mode})`,
								]
									.filter(Boolean)
									.join(' '),
							)
							.join(', '),
					],
					['since', table.devices[0] && `${day(table.devices[0].since)} UTC`],
					[
						'program',
						table.devices[0] && (
							<a href={hrefOf(['program', `id:${table.devices[0].prog_id}`])}>
								{table.devices[0].prog_id}
							</a>
						),
					],
					['logged', table.log && `${count(table.log.packets)} packets, ${count(table.log.lost)} lost`],
				]}
			/>
			<TryPacket table={table} />
			<Section title="Rules" note={`${count(table.rules.length)}, rates of the last ${(samples * everyMs) / 1000} s`}>
				<Rules table={table} rates={rates} />
			</Section>
			<div class="columns">
				<Section title="Actions">
					<Counts label="Actions" of={table.actions} rates={rates} />
				</Section>
				<Section title="Protocols">
					<Counts label="Protocols" of={table.protocols} />
				</Section>
				{table.sets.length > 0 && (
					<Section title="Sets">
						<Sets table={table} />
					</Section>
				)}
			</div>
			<Talkers table={table} />
		</div>
	);
}

function Pending({ table, seconds }: { table: FilterTable; seconds: number }) {
	const now = useNow(250);
	const end = useMemo(() => Date.now() + seconds * 1000, [table]);
	const left = Math.max(0, Math.ceil((end - now) / 1000));
	const status = useApi<Status>(pathOf('status'));
	const [said, setSaid] = useState('');
	const keep = () => {
		post(pathOf(`filter/${encodeURIComponent(table.table)}/confirm`))
			.then(() => setSaid('the rules stay'))
			.catch((e: unknown) => setSaid(e instanceof Error ? e.message : String(e)));
	};
	return (
		<div class="note is-warn">
			<p role="timer">
				To be confirmed: the previous rules are restored in <b>{left} s</b> (skep filter confirm {safe(table.table)}{' '}
				keeps these).
			</p>
			{status.data?.web_write && (
				<button type="button" onClick={keep}>
					Keep these rules
				</button>
			)}
			<output aria-live="polite">{safe(said)}</output>
		</div>
	);
}

function Rules({ table, rates }: { table: FilterTable; rates: Map<string, Rates> }) {
	const total = Math.max(
		1,
		table.rules.reduce((sum, rule) => sum + rule.packets, 0),
	);
	const columns: Column<FilterRule>[] = [
		{ key: 'line', title: 'line', width: 40, priority: 5, isNumber: true, cell: rule => rule.line ?? '' },
		{
			key: 'text',
			title: 'rule',
			width: 150,
			grow: 5,
			isMono: true,
			cell: rule => <span title={safe(rule.text)}>{safe(rule.text)}</span>,
		},
		{
			key: 'spark',
			title: 'packets/s',
			width: 96,
			priority: 2,
			cell: rule => (
				<Sparkline
					values={rates.get(`rule ${rule.id}`)?.packets ?? []}
					label={`packets per second of ${safe(rule.text)}`}
				/>
			),
		},
		{
			key: 'rate',
			title: 'now',
			width: 60,
			priority: 1,
			isNumber: true,
			cell: rule => rate(rates.get(`rule ${rule.id}`)?.packets.at(-1)),
		},
		{
			key: 'bits',
			title: 'bytes/s',
			width: 72,
			priority: 4,
			isNumber: true,
			cell: rule => bytes(Math.round(rates.get(`rule ${rule.id}`)?.bytes ?? 0)),
		},
		{ key: 'packets', title: 'packets', width: 84, priority: 1, isNumber: true, cell: rule => count(rule.packets) },
		{
			key: 'share',
			title: 'share',
			width: 60,
			priority: 6,
			isNumber: true,
			cell: rule => `${((100 * rule.packets) / total).toFixed(1)} %`,
		},
		{ key: 'bytes', title: 'bytes', width: 72, priority: 3, isNumber: true, cell: rule => bytes(rule.bytes) },
	];
	return (
		<Grid
			id="rules"
			label={`Rules of ${table.table}`}
			className={table.rules.length > 12 ? 'tall' : 'fits'}
			columns={columns}
			count={table.rules.length}
			row={i => table.rules[i]!}
			rowKey={rule => rule.id}
			rowClass={rule => (rule.packets === 0 ? 'is-idle' : '')}
			empty="The table has no rule: its policy decides."
		/>
	);
}

function Counts({ label, of, rates }: { label: string; of: Record<string, Packets>; rates?: Map<string, Rates> }) {
	const rows = Object.entries(of).filter(([, one]) => one.packets > 0);
	if (rows.length === 0) return <p class="note">No packet yet.</p>;
	return (
		<Table
			label={label}
			heads={rates ? ['', 'packets/s', 'packets', 'bytes'] : ['', 'packets', 'bytes']}
			numbers={rates ? [1, 2, 3] : [1, 2]}
			rows={rows.map(([name, one]) => [
				name,
				...(rates ? [rate(rates.get(`action ${name}`)?.packets.at(-1))] : []),
				count(one.packets),
				bytes(one.bytes),
			])}
		/>
	);
}

function Sets({ table }: { table: FilterTable }) {
	return (
		<Table
			label="Sets"
			heads={['set', 'type', 'elements']}
			numbers={[2]}
			rows={table.sets.map(set => [safe(set.name), set.type, count(set.elements)])}
		/>
	);
}

function Talkers({ table }: { table: FilterTable }) {
	const answer = useApi<FilterStats>(pathOf(`filter/${encodeURIComponent(table.table)}/stats`), everyMs);
	return (
		<Loaded of="the top talkers" answer={answer}>
			{({ sources, ports, sizes }) =>
				sources || ports || sizes ? (
					<div class="columns">
						{sources && <Top title="Top sources" of={sources} name={one => safe(one.source)} />}
						{ports && <Top title="Top ports" of={ports} name={one => `${one.protocol} ${one.port}`} />}
						{sizes && (
							<Section title="Frame lengths">
								<Table
									label="Frame lengths"
									heads={['bytes', 'packets', 'bytes in all']}
									numbers={[1, 2]}
									rows={sizes
										.filter(one => one.packets > 0)
										.map(one => [
											one.to === undefined ? `from ${one.from}` : `${one.from} to ${one.to}`,
											count(one.packets),
											bytes(one.bytes),
										])}
								/>
							</Section>
						)}
					</div>
				) : (
					<p class="dim">
						Top talkers are counted where the table tracks them (skep filter apply --track sources,ports,sizes).
					</p>
				)
			}
		</Loaded>
	);
}

function Top<T>({ title, of, name }: { title: string; of: TopCounts<T>; name: (one: T) => string }) {
	const missed = of.missed.packets;
	return (
		<Section
			title={title}
			note={missed > 0 ? `none has had more than its count and ${many(missed, 'packet')}` : 'all are counted'}>
			<Table
				label={title}
				heads={['', 'packets', 'share', 'bytes']}
				numbers={[1, 2, 3]}
				rows={of.top.map(one => [
					name(one),
					count(one.packets),
					`${((100 * one.packets) / Math.max(1, of.seen.packets)).toFixed(1)} %`,
					bytes(one.bytes),
				])}
			/>
		</Section>
	);
}

interface DecidingRule {
	number: number;
	text: string;
	line?: number;
}

interface Verdict {
	verdict: string;
	reason: string;
	rule: DecidingRule | null;
	headers?: string;
	rewritten?: string;
	steps?: DecidingRule[];
}

function TryPacket({ table }: { table: FilterTable }) {
	const packet = readRoute().query.get('packet') ?? '';
	// With other rules or elements of sets, the verdict may be another.
	const [device] = table.devices;
	const applied = [table.policy, device?.prog_id, device?.since, ...table.sets.map(set => set.elements)].join(' ');
	const [said, setSaid] = useState<{ verdict?: Verdict; error?: ApiError }>({});
	useEffect(() => {
		setSaid({});
		if (packet === '') return;
		const end = new AbortController();
		const path = pathOf(`filter/${encodeURIComponent(table.table)}/verdict`, { packet, iif: device?.device });
		get<Verdict>(path, end.signal)
			.then(verdict => setSaid({ verdict }))
			.catch((e: unknown) => {
				if (e instanceof ApiError) setSaid({ error: e });
			});
		return () => end.abort();
	}, [packet, table.table, applied]);
	const { verdict, error } = said;
	// The last one of them has decided.
	const before = verdict?.steps?.slice(0, -1) ?? [];
	return (
		<Section title="Try a packet" note="nothing is sent: the rules decide it as skep filter test does">
			<div class="filters">
				<TextField
					label="Packet"
					value={packet}
					placeholder="udp 10.0.0.1:5 > 10.0.0.2:53"
					width="wide"
					wait={600}
					onChange={text => setQuery({ packet: text })}
				/>
				<output class="verdict" aria-live="polite">
					{verdict && (
						<>
							<b class={`verdict-${verdict.verdict}`}>{safe(verdict.verdict)}</b>
							{verdict.rule ? (
								<>
									{' '}
									by rule {verdict.rule.number}
									{verdict.rule.line !== undefined &&
										` (line ${verdict.rule.line})`}:{' '}
									<code>{safe(verdict.rule.text)}</code>
								</>
							) : verdict.reason === 'malformed' ? (
								': a header is malformed'
							) : (
								' by the policy of the table'
							)}
						</>
					)}
				</output>
			</div>
			{verdict && (
				<p class="dim">
					{safe(verdict.headers)}
					{verdict.rewritten && <> becomes {safe(verdict.rewritten)}</>}
				</p>
			)}
			{before.length > 0 && (
				<ul>
					{before.map(rule => (
						<li key={rule.number}>
							rule {rule.number} matched before: <code>{safe(rule.text)}</code>
						</li>
					))}
				</ul>
			)}
			{error &&
				(error.status === 400 ? (
					<p class="note">{safe(error.message)}</p>
				) : (
					<Failure of="the verdict" error={error} />
				))}
		</Section>
	);
}
