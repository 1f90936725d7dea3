import { getExact, pathOf, useApi } from '../api';
import { bytes, count, many, safe } from '../format';
import { type Column, Grid } from '../parts/Grid';
import { Facts, Loaded } from '../parts/basic';
import { setQuery } from '../router';
import type { LoadedMap } from '../types';

interface Entry {
	key?: unknown;
	value?: unknown;
	values?: { cpu: number; value: unknown }[];
	formatted?: { key?: unknown; value?: unknown; values?: { cpu: number; value: unknown }[] };
	error?: string;
	[key: string]: unknown;
}

interface Content {
	map?: LoadedMap;
	entries: Entry[];
	more: boolean;
	reason?: string;
}

/** What the maps of a loaded program hold now. */
export function Maps({ ids, isLoaded, query }: { ids: number[]; isLoaded: boolean; query: URLSearchParams }) {
	const maps = useApi<LoadedMap[]>(isLoaded ? pathOf('loaded/maps') : undefined, 15_000);
	if (!isLoaded) return <p class="note">Maps have content while the program is loaded.</p>;
	if (ids.length === 0) return <p class="note">The program uses no map.</p>;
	const wanted = Number(query.get('map'));
	const open = ids.includes(wanted) ? wanted : ids[0]!;
	const map = maps.data?.find(one => one.id === open);
	return (
		<>
			<div class="choice" role="group" aria-label="Which map">
				{ids.map(id => (
					<button
						key={id}
						type="button"
						aria-pressed={id === open}
						onClick={() => setQuery({ map: String(id) })}>
						{safe(maps.data?.find(one => one.id === id)?.name) || 'map'} {id}
					</button>
				))}
			</div>
			{map && (
				<Facts
					facts={[
						['type', map.type],
						['key', bytes(map.bytes_key)],
						['value', bytes(map.bytes_value)],
						['max entries', count(map.max_entries)],
						['memory', bytes(map.bytes_memlock)],
						['held by', (map.pids ?? []).map(one => `${safe(one.comm)}[${one.pid}]`).join(', ')],
						['pinned', (map.pinned ?? []).map(safe).join(', ')],
					]}
				/>
			)}
			<Contents key={open} id={open} />
		</>
	);
}

const columns: Column<{ entry: Entry; number: number }>[] = [
	{ key: 'key', title: 'key', width: 110, grow: 1, isMono: true, cell: ({ entry }) => cellOf(entry.formatted?.key ?? entry.key) },
	{ key: 'value', title: 'value', width: 160, grow: 4, isMono: true, cell: ({ entry }) => cellOf(valueOf(entry)) },
];

function Contents({ id }: { id: number }) {
	const answer = useApi<Content>(pathOf(`loaded/maps/${id}`, { last: '1000' }), 2000, getExact);
	return (
		<Loaded of="the content of the map" answer={answer}>
			{content => (
				<>
					<p class="dim count" role="status">
						{content.more && 'the first '}
						{many(content.entries.length, 'entry', 'entries')}, read each 2 s
						{content.reason && `: ${safe(content.reason)}`}
					</p>
					<Grid
						id="entries"
						label="Entries"
						className="fill"
						columns={columns}
						count={content.entries.length}
						row={i => ({ entry: content.entries[i]!, number: i })}
						rowKey={row => row.number}
						empty="The map has no entry that can be read."
					/>
				</>
			)}
		</Loaded>
	);
}

function valueOf(entry: Entry): unknown {
	if (entry.error !== undefined) return entry.error;
	const values = entry.formatted?.values ?? entry.values;
	if (values) return values.map(one => `cpu ${one.cpu}: ${textOf(one.value)}`).join('   ');
	return (
		entry.formatted?.value ??
		entry.value ??
		Object.fromEntries(Object.entries(entry).filter(([key]) => key !== 'key' && key !== 'formatted'))
	);
}

function cellOf(value: unknown) {
	const text = textOf(value);
	return <span title={text}>{text}</span>;
}

function textOf(value: unknown): string {
	if (Array.isArray(value) && value.every(one => typeof one === 'string' && one.startsWith('0x')))
		return value.map(one => (one as string).slice(2)).join(' ');
	return safe(
		typeof value === 'object' && value !== null
			? JSON.stringify(value)
					.replace(/"([A-Za-z_]\w*)":/g, '$1: ')
					.replace(/,(?=\S)/g, ', ')
					// Integers of more than 53 bits, which came as texts.
					.replace(/"(-?\d{16,})"/g, '$1')
			: value,
	);
}
