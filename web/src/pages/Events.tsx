import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { pathOf, useApi } from '../api';
import { count } from '../format';
import { type EventRow, type SkepEvent, programRef, rowOf } from '../events';
import { EventsGrid } from '../parts/EventsGrid';
import { Json } from '../parts/Json';
import { Loaded, TextField } from '../parts/basic';
import { useLive } from '../live';
import { hrefOf, setQuery } from '../router';

/** Keys of `skep history events`, which the address has too. */
const keys = ['since', 'until', 'cmd', 'type', 'comm', 'unit', 'uid', 'program'] as const;
const examples: Record<string, string> = {
	since: '1h',
	until: '2026-01-02 15:04',
	cmd: 'prog_load,map_create',
	type: 'xdp',
	comm: 'bpftool',
	unit: 'ssh.service',
	uid: '0',
	program: 'sha256 or name',
};

/** Events as they come, or of the history; which is in the address. */
export function Events({ query }: { query: URLSearchParams }) {
	const isHistory = query.get('of') === 'history';
	const [opened, setOpened] = useState<EventRow>();
	const open = (row: EventRow | undefined) => {
		setOpened(row);
		// The event that the address has was opened before.
		if (query.has('seq')) setQuery({ seq: undefined });
	};
	const onOpen = (row: EventRow) => open(opened?.event === row.event ? undefined : row);
	const isOpen = (row: EventRow) => row.event === opened?.event;
	return (
		<div class="page-fill">
			<div class="page-head">
				<h1>Events</h1>
				<div class="choice" role="group" aria-label="Which events">
					<button type="button" aria-pressed={!isHistory} onClick={() => setQuery({ of: undefined })}>
						Live
					</button>
					<button type="button" aria-pressed={isHistory} onClick={() => setQuery({ of: 'history' })}>
						History
					</button>
				</div>
				<TextField
					label="Text"
					value={query.get('text') ?? ''}
					placeholder="in any column"
					width="wide"
					wait={100}
					onChange={text => setQuery({ text })}
				/>
			</div>
			<Filters query={query} isHistory={isHistory} />
			<div class={`split ${opened ? 'has-detail' : ''}`}>
				<div class="split-list">
					{isHistory ? (
						<OfHistory query={query} onOpen={onOpen} isOpen={isOpen} />
					) : (
						<OfNow query={query} onOpen={onOpen} onWanted={setOpened} isOpen={isOpen} />
					)}
				</div>
				{opened && <Detail row={opened} onClose={() => open(undefined)} />}
			</div>
		</div>
	);
}

function Filters({ query, isHistory }: { query: URLSearchParams; isHistory: boolean }) {
	const used = keys.filter(key => isHistory || (key !== 'since' && key !== 'until'));
	const isAny = [...used, 'failed', 'text'].some(key => query.get(key));
	return (
		<div class="filters" role="search" aria-label="Filter of events">
			{used.map(key => (
				<TextField
					key={key}
					label={key}
					value={query.get(key) ?? ''}
					placeholder={examples[key]!}
					wait={400}
					onChange={text => setQuery({ [key]: text.trim() })}
				/>
			))}
			<label class="check">
				<input
					type="checkbox"
					checked={query.get('failed') === 'true'}
					onChange={e => setQuery({ failed: e.currentTarget.checked ? 'true' : undefined })}
				/>
				failed only
			</label>
			<button
				type="button"
				disabled={!isAny}
				onClick={() => setQuery(Object.fromEntries([...keys, 'failed', 'text'].map(key => [key, undefined])))}>
				Clear
			</button>
		</div>
	);
}

interface ListProps {
	query: URLSearchParams;
	onOpen: (row: EventRow) => void;
	isOpen: (row: EventRow) => boolean;
}

function OfNow({ query, onOpen, onWanted, isOpen }: ListProps & { onWanted: (row: EventRow) => void }) {
	const live = useLive();
	const seq = query.get('seq');
	const wanted = useMemo(
		() => (seq ? live.rows.find(row => String(row.event.seq) === seq) : undefined),
		[seq, live.rows, live.rows.length],
	);
	useEffect(() => {
		if (wanted) onWanted(wanted);
	}, [wanted?.event]);
	const [held, setHeld] = useState<EventRow[]>();
	const matches = useMemo(() => matcherOf(query), [query]);
	const kept = useRef<{ of?: unknown; merges?: number; from: number; upTo: number; rows: EventRow[] }>({ from: 0, upTo: 0, rows: [] });
	const source = held ?? live.rows;
	const rows = useMemo(() => {
		if (!matches) return source;
		// Those that came since the last time only.
		const before = kept.current;
		const isMore =
			before.of === matches &&
			before.merges === live.merges &&
			source.length > 0 &&
			source[0]!.key >= before.from &&
			source[0]!.key <= before.upTo + 1;
		const fresh = isMore ? source.slice(Math.max(0, before.upTo - source[0]!.key + 1)) : source;
		const found = [...(isMore ? before.rows : []), ...fresh.filter(matches)];
		const first = source[0]?.key ?? 0;
		const rows = found.length > 0 && found[0]!.key < first ? found.filter(row => row.key >= first) : found;
		kept.current = { of: matches, merges: live.merges, from: first, upTo: source.at(-1)?.key ?? 0, rows };
		return rows;
	}, [source, source.length, live.seen, live.merges, matches]);
	return (
		<>
			<p class="dim count">
				<span role="status">
					{matches ? `${count(rows.length)} of ${count(source.length)}` : count(source.length)} events, newest
					first
					{live.missed > 0 && `; ${count(live.missed)} missed: this page was too slow`}
				</span>
				<button
					type="button"
					aria-pressed={held !== undefined}
					onClick={() => setHeld(held ? undefined : live.rows.slice())}>
					{held ? `Go on (${count(live.seen - (held.at(-1)?.key ?? 0))} more)` : 'Hold'}
				</button>
			</p>
			<EventsGrid
				id="events"
				label="Events"
				className="fill"
				count={rows.length}
				row={i => rows[rows.length - 1 - i]!}
				onOpen={onOpen}
				isOpen={isOpen}
				empty={source.length > 0 ? 'No event passes the filter.' : 'No event yet.'}
			/>
		</>
	);
}

function OfHistory({ query, onOpen, isOpen }: ListProps) {
	const asked: Record<string, string | undefined> = { last: '10000' };
	for (const key of keys) asked[key] = query.get(key) ?? undefined;
	if (query.get('failed') === 'true') asked.failed = 'true';
	const answer = useApi<SkepEvent[]>(pathOf('events', asked));
	return (
		<Loaded of="the history" answer={answer}>
			{events => (
				<HistoryEvents
					events={events}
					text={query.get('text') ?? ''}
					onOpen={onOpen}
					isOpen={isOpen}
					reload={answer.reload}
				/>
			)}
		</Loaded>
	);
}

function HistoryEvents({
	events,
	text,
	onOpen,
	isOpen,
	reload,
}: {
	events: SkepEvent[];
	text: string;
	onOpen: (row: EventRow) => void;
	isOpen: (row: EventRow) => boolean;
	reload: () => void;
}) {
	const all = useMemo(() => events.map((event, i) => rowOf(event, i)), [events]);
	const rows = useMemo(() => (text === '' ? all : all.filter(row => row.text.includes(text.toLowerCase()))), [all, text]);
	return (
		<>
			<p class="dim count">
				<span role="status">
					{rows.length < all.length && `${count(rows.length)} of `}
					{count(all.length)} events, newest first
					{all.length >= 10_000 && '; the last 10,000: since and until find others'}
				</span>
				<button type="button" onClick={reload}>
					Read again
				</button>
			</p>
			<EventsGrid
				id="events"
				label="Events"
				className="fill"
				count={rows.length}
				row={i => rows[rows.length - 1 - i]!}
				onOpen={onOpen}
				isOpen={isOpen}
				empty="The history has no such event."
			/>
		</>
	);
}

function Detail({ row, onClose }: { row: EventRow; onClose: () => void }) {
	const program = programRef(row.event);
	return (
		<aside class="detail" aria-label="The event">
			<div class="section-head">
				<h2>Event{row.event.seq !== undefined && ` ${row.event.seq}`}</h2>
				{program && <a href={hrefOf(['program', program])}>program</a>}
				<button type="button" onClick={onClose}>
					Close
				</button>
			</div>
			<div class="detail-body" tabIndex={0} role="region" aria-label="All of the event">
				<Json value={row.event} />
			</div>
		</aside>
	);
}

/** As the agent selects for `skep history events`. */
function matcherOf(query: URLSearchParams): ((row: EventRow) => boolean) | undefined {
	const words = (key: string) => (query.get(key) ?? '').split(',').filter(word => word !== '');
	const tests: ((row: EventRow) => boolean)[] = [];
	const commands = words('cmd'),
		types = words('type');
	if (commands.length > 0) tests.push(({ event }) => commands.includes(event.cmd ?? ''));
	if (types.length > 0)
		tests.push(({ event }) =>
			types.some(type => event.prog?.type === type || event.map?.type === type || event.link?.type === type),
		);
	const comm = query.get('comm'),
		unit = query.get('unit'),
		uid = query.get('uid'),
		program = query.get('program');
	if (comm) tests.push(({ event }) => event.comm === comm);
	if (unit) tests.push(({ event }) => event.unit === unit);
	if (uid) tests.push(({ event }) => String(event.uid) === uid);
	if (program) {
		tests.push(
			({ event }) =>
				event.prog !== undefined &&
				(event.prog.name === program ||
					event.prog.tag === program ||
					(event.prog.sha256 ?? '').startsWith(program)),
		);
	}
	if (query.get('failed') === 'true') tests.push(({ event }) => event.error !== undefined);
	const text = (query.get('text') ?? '').toLowerCase();
	if (text !== '') tests.push(row => row.text.includes(text));
	return tests.length === 0 ? undefined : row => tests.every(test => test(row));
}
