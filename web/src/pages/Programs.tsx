import { useMemo } from 'preact/hooks';
import { pathOf, useApi } from '../api';
import { day, count, many, safe } from '../format';
import { type Column, Grid, type Sort, sorted } from '../parts/Grid';
import { Loaded, Tabs, TextField } from '../parts/basic';
import { attachedTo, hrefOfLoaded, loader, moreColumns } from '../parts/programs';
import { go, hrefOf, setQuery } from '../router';
import type { HistoryProgram, LoadedProgram } from '../types';

/** All programs: those loaded now, and those of the history. */
export function Programs({ query }: { query: URLSearchParams }) {
	return (
		<div class="page-fill">
			<div class="page-head">
				<h1>Programs</h1>
				<TextField
					label="Filter"
					value={query.get('text') ?? ''}
					placeholder="name, type, tag, loader, place"
					width="wide"
					wait={100}
					onChange={text => setQuery({ text })}
				/>
			</div>
			<Tabs
				label="Programs"
				name="of"
				open={query.get('of')}
				tabs={[
					{ key: 'loaded', title: 'Loaded now', show: () => <LoadedNow query={query} /> },
					{ key: 'history', title: 'History', show: () => <OfHistory query={query} /> },
				]}
			/>
		</div>
	);
}

function LoadedNow({ query }: { query: URLSearchParams }) {
	const answer = useApi<LoadedProgram[]>(pathOf('loaded'), 5000);
	return (
		<Loaded of="the loaded programs" answer={answer}>
			{list => <LoadedGrid programs={list} query={query} />}
		</Loaded>
	);
}

function LoadedGrid({ programs, query }: { programs: LoadedProgram[]; query: URLSearchParams }) {
	const texts = useMemo(
		() =>
			programs.map(p =>
				[p.id, p.name, p.type, p.tag, p.sha256, loader(p), p.loader_unit ?? p.unit, attachedTo(p)]
					.join(' ')
					.toLowerCase(),
			),
		[programs],
	);
	return (
		<Searched
			rows={programs}
			texts={texts}
			columns={moreColumns}
			query={query}
			byDefault={{ key: 'cpu', isDown: true }}
			rowKey={p => p.id}
			onOpen={p => go(hrefOfLoaded(p))}
			empty="No program is loaded."
		/>
	);
}

const historyColumns: Column<HistoryProgram>[] = [
	{
		key: 'name',
		title: 'name',
		width: 140,
		grow: 2,
		by: p => p.name,
		cell: p => (
			<a href={hrefOf(['program', nameOf(p)])} title={safe(p.name)}>
				{safe(p.name) || '(no name)'}
			</a>
		),
	},
	{ key: 'type', title: 'type', width: 110, grow: 1, priority: 1, cell: p => p.type ?? '', by: p => p.type },
	{
		key: 'sha256',
		title: 'sha256',
		width: 110,
		priority: 4,
		isMono: true,
		cell: p => p.sha256?.slice(0, 12) ?? '',
		by: p => p.sha256,
	},
	{ key: 'insns', title: 'insns', width: 60, priority: 5, isNumber: true, cell: p => count(p.insn_cnt), by: p => p.insn_cnt },
	{ key: 'loads', title: 'loads', width: 60, priority: 3, isNumber: true, cell: p => count(p.loads), by: p => p.loads },
	{ key: 'failures', title: 'failed', width: 60, priority: 4, isNumber: true, cell: p => p.failures || '', by: p => p.failures },
	{
		key: 'by',
		title: 'loaded by',
		width: 110,
		grow: 1,
		priority: 2,
		cell: p => safe(p.instances.at(-1)?.comm),
		by: p => p.instances.at(-1)?.comm,
	},
	{ key: 'first', title: 'first seen (UTC)', width: 140, priority: 5, cell: p => day(p.first_seen), by: p => p.first_seen },
	{ key: 'last', title: 'last seen (UTC)', width: 140, priority: 2, cell: p => day(p.last_seen), by: p => p.last_seen },
];

function nameOf(program: HistoryProgram): string {
	return program.sha256 ?? program.tag ?? program.name ?? '';
}

function OfHistory({ query }: { query: URLSearchParams }) {
	const answer = useApi<HistoryProgram[]>(pathOf('programs', { last: '10000' }), 30_000);
	return (
		<Loaded of="the programs of the history" answer={answer}>
			{list => <HistoryGrid programs={list} query={query} />}
		</Loaded>
	);
}

function HistoryGrid({ programs, query }: { programs: HistoryProgram[]; query: URLSearchParams }) {
	const texts = useMemo(
		() =>
			programs.map(p =>
				[p.name, p.type, p.tag, p.sha256, ...p.instances.map(one => `${one.comm} ${one.unit} ${one.exe}`)]
					.join(' ')
					.toLowerCase(),
			),
		[programs],
	);
	return (
		<Searched
			rows={programs}
			texts={texts}
			columns={historyColumns}
			query={query}
			byDefault={{ key: 'last', isDown: true }}
			rowKey={p => `${nameOf(p)} ${p.type} ${p.name}`}
			onOpen={p => go(hrefOf(['program', nameOf(p)]))}
			empty="The history has no program."
		/>
	);
}

function Searched<T>({
	rows,
	texts,
	columns,
	query,
	byDefault,
	rowKey,
	onOpen,
	empty,
}: {
	rows: T[];
	texts: string[];
	columns: Column<T>[];
	query: URLSearchParams;
	byDefault: Sort;
	rowKey: (row: T) => string | number;
	onOpen: (row: T) => void;
	empty: string;
}) {
	const wanted = (query.get('text') ?? '').toLowerCase();
	const order = query.get('sort');
	const sort = useMemo<Sort>(() => (order ? { key: order.replace(/^-/, ''), isDown: order.startsWith('-') } : byDefault), [order]);
	const found = useMemo(() => (wanted === '' ? rows : rows.filter((_, i) => texts[i]!.includes(wanted))), [rows, texts, wanted]);
	const ordered = useMemo(() => sorted(found, columns, sort), [found, columns, sort]);
	return (
		<>
			<p class="dim count" role="status">
				{found.length < rows.length && `${count(found.length)} of `}
				{many(rows.length, 'program')}
			</p>
			<Grid
				id="programs"
				label="Programs"
				className="fill"
				columns={columns}
				count={ordered.length}
				row={i => ordered[i]!}
				rowKey={rowKey}
				sort={sort}
				onSort={s => setQuery({ sort: `${s.isDown ? '-' : ''}${s.key}` })}
				onOpen={onOpen}
				empty={rows.length > 0 ? 'No program has this text.' : empty}
			/>
		</>
	);
}
