import { useRef } from 'preact/hooks';
import { pathOf, useApi } from '../api';
import { bytes, count, day, duration, percent, rate, safe } from '../format';
import { Failure, Facts, Tabs } from '../parts/basic';
import { hrefOfLoaded } from '../parts/programs';
import { Code } from '../program/Code';
import { Explain } from '../program/Explain';
import { Graph } from '../program/Graph';
import { Maps } from '../program/Maps';
import { Records } from '../program/Records';
import { Usage } from '../program/Usage';
import { Versions } from '../program/Versions';
import type { HistoryProgram, LoadedProgram } from '../types';

/** One program, by the SHA-256 of its code, by `id:N` of one that is loaded, or by its tag or name where its code is not known. */
export function Program({ name, query }: { name: string; query: URLSearchParams }) {
	const id = /^id:\d+$/.test(name) ? Number(name.slice(3)) : undefined;
	const list = useApi<LoadedProgram[]>(pathOf('loaded'), 5000);
	const own = id === undefined ? undefined : list.data?.find(one => one.id === id);
	// Its code stays known when it is not loaded any more.
	const kept = useRef<string | undefined>(undefined);
	kept.current ??= own?.sha256;
	const hash = id === undefined ? name : kept.current;
	const history = useApi<HistoryProgram[]>(hash === undefined ? undefined : pathOf(`programs/${encodeURIComponent(hash)}`), 15_000);
	const known = history.data?.[0];
	const loaded = id === undefined ? list.data?.filter(loadedAs(name, history.data ?? [])) : own && [own];
	const now = loaded?.[0];
	// The code in the kernel has the names of its BTF; what it was loaded with is known when it is not there any more.
	const of = now ? `id:${now.id}` : (hash ?? name);
	const isRead = (list.data || list.error) && (isHash(name) || id !== undefined || !history.isLoading);
	const path = isRead ? `programs/${encodeURIComponent(of)}` : undefined;
	const title = safe(known?.name ?? now?.name) || (id === undefined ? name.slice(0, 12) : `program ${id}`);
	return (
		<div class="page-fill">
			<div class="page-head">
				<h1>{title}</h1>
				<span class="dim">{known?.type ?? now?.type ?? ''}</span>
			</div>
			{history.error && !now && <Failure of="the history of this program" error={history.error} />}
			{list.data && !now && !history.isLoading && (
				<p class="note">It is not loaded now{known ? `; last seen ${day(known.last_seen)} UTC` : ''}.</p>
			)}
			{loaded && loaded.length > 1 && <Instances loaded={loaded} />}
			<Head now={now} known={known} />
			{path === undefined && (
				<p class="note" role="status">
					Reading the loaded programs …
				</p>
			)}
			<Tabs
				label="Views of the program"
				name="view"
				open={query.get('view')}
				tabs={[
					{ key: 'explain', title: 'Explain', show: () => <Explain path={path} /> },
					{ key: 'code', title: 'Code', show: () => <Code path={path} query={query} /> },
					{ key: 'graph', title: 'Graph', show: () => <Graph path={path} query={query} /> },
					{ key: 'records', title: 'Records', show: () => <Records path={path} /> },
					{
						key: 'maps',
						title: 'Maps',
						show: () => <Maps ids={now?.map_ids ?? []} isLoaded={now !== undefined} query={query} />,
					},
					{ key: 'versions', title: 'Versions', show: () => <Versions history={history} /> },
					{
						key: 'usage',
						title: 'Usage',
						show: () => <Usage path={`programs/${encodeURIComponent(isHash(name) ? name : of)}`} query={query} />,
					},
				]}
			/>
		</div>
	);
}

const isHash = (name: string) => /^[0-9a-f]{64}$/.test(name);

/** Whether a loaded program has a SHA-256 or tag, or is one that the history has under a name. */
function loadedAs(name: string, history: HistoryProgram[]): (one: LoadedProgram) => boolean {
	const instances = history.flatMap(one => one.instances).filter(one => one.gone === undefined);
	const ids = new Set(instances.map(one => one.id));
	return one => one.sha256 === name || one.tag === name || ids.has(one.id);
}

/** More than one program is loaded with this code: the page shows the first, and where the others are. */
function Instances({ loaded }: { loaded: LoadedProgram[] }) {
	return (
		<p class="note">
			Loaded {count(loaded.length)} times; this page shows the first of them:{' '}
			{loaded.map((one, i) => (
				<span key={one.id}>
					{i > 0 && ', '}
					<a href={hrefOfLoaded(one)}>id {one.id}</a>
				</span>
			))}
			.
		</p>
	);
}

function Head({ now, known }: { now: LoadedProgram | undefined; known: HistoryProgram | undefined }) {
	const last = known?.instances.at(-1);
	const hash = known?.sha256 ?? now?.sha256,
		tag = known?.tag ?? now?.tag;
	return (
		<Facts
			facts={[
				['sha256', hash && <code title={hash}>{hash.slice(0, 24)}</code>],
				['tag', tag && <code>{tag}</code>],
				['loaded', now && `id ${now.id}`],
				[
					'loaded at',
					now?.loaded_at !== undefined ? `${day(now.loaded_at)} UTC` : last && `${day(last.loaded_at)} UTC`,
				],
				['loaded by', by(now, known)],
				['unit', safe(now?.loader_unit ?? now?.unit ?? last?.unit)],
				['attached to', (now?.attach ?? []).map(one => safe(one.target ?? one.how)).join(', ')],
				['held by', (now?.pids ?? []).map(one => `${safe(one.comm)}[${one.pid}]`).join(', ')],
				['pinned', (now?.pinned ?? []).map(safe).join(', ')],
				[
					'size',
					now &&
						[
							`xlated ${bytes(now.bytes_xlated)}`,
							now.jited ? `jited ${bytes(now.bytes_jited)}` : 'not jited',
						].join(', '),
				],
				[
					'CPU',
					now?.cpu_percent !== undefined
						? [
								percent(now.cpu_percent),
								`${rate(now.events_per_second)} runs/s`,
								now.avg_run_ns !== undefined && `${duration(now.avg_run_ns)} per run`,
							]
								.filter(Boolean)
								.join(', ')
						: undefined,
				],
				['loads', known && `${count(known.loads)}${known.failures ? `, ${count(known.failures)} refused` : ''}`],
			]}
		/>
	);
}

function by(now: LoadedProgram | undefined, known: HistoryProgram | undefined): string {
	const last = known?.instances.at(-1);
	const comm = now?.comm ?? last?.comm,
		exe = now?.exe ?? last?.exe;
	const uid = now?.uid ?? last?.uid;
	return [comm && safe(comm), exe && safe(exe), uid !== undefined && `uid ${uid}`].filter(Boolean).join(', ');
}
