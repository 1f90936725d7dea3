import { useMemo, useState } from 'preact/hooks';
import { pathOf, useApi } from '../api';
import { EventsGrid } from '../parts/EventsGrid';
import { Grid, type Sort, sorted } from '../parts/Grid';
import { Loaded, Section, useNow } from '../parts/basic';
import { ago, bytes, clock, count, safe } from '../format';
import { useLive } from '../live';
import { go, hrefOf } from '../router';
import { hrefOfLoaded, programColumns } from '../parts/programs';
import type { Alert, LoadedMap, LoadedProgram, Place } from '../types';

const everyMs = 5000;

/** What there is and what happens now. */
export function Now() {
	const programs = useApi<LoadedProgram[]>(pathOf('loaded'), everyMs);
	const maps = useApi<LoadedMap[]>(pathOf('loaded/maps'), 2 * everyMs);
	return (
		<>
			<h1 class="visually-hidden">Now</h1>
			<Totals programs={programs.data} maps={maps.data} />
			<div class="now">
				<Section
					title="Programs by cost"
					note="run time while the kernel’s statistics are on"
					className="now-programs">
					<Loaded of="the loaded programs" answer={programs}>
						{list => <ProgramsByCost programs={list} />}
					</Loaded>
				</Section>
				<Section title="Events" note={<a href="#/events">all</a>} className="now-events">
					<LatestEvents />
				</Section>
				<Section title="Alerts" className="now-alerts">
					<Alerts />
				</Section>
				<Section title="Attach map" note="which program sits where" className="now-places">
					<Places />
				</Section>
			</div>
		</>
	);
}

function Totals({ programs, maps }: { programs: LoadedProgram[] | undefined; maps: LoadedMap[] | undefined }) {
	const live = useLive();
	const memory =
		(maps ?? []).reduce((sum, map) => sum + (map.bytes_memlock ?? 0), 0) +
		(programs ?? []).reduce((sum, program) => sum + (program.bytes_memlock ?? 0), 0);
	const cpu = (programs ?? []).reduce((sum, program) => sum + (program.cpu_percent ?? 0), 0);
	const totals: [string, string][] = [
		['programs', programs ? count(programs.length) : '…'],
		['maps', maps ? count(maps.length) : '…'],
		['memory', programs && maps ? bytes(memory) : '…'],
		['CPU', programs ? `${cpu.toFixed(2)} %` : '…'],
		['events since opened', count(live.seen)],
	];
	if (live.missed > 0) totals.push(['events missed by this page', count(live.missed)]);
	return (
		<dl class="totals">
			{totals.map(([name, value]) => (
				<div key={name}>
					<dt>{name}</dt>
					<dd>{value}</dd>
				</div>
			))}
		</dl>
	);
}

function ProgramsByCost({ programs }: { programs: LoadedProgram[] }) {
	const [sort, setSort] = useState<Sort>({ key: 'cpu', isDown: true });
	const rows = useMemo(() => sorted(programs, programColumns, sort), [programs, sort]);
	return (
		<Grid
			id="programs-by-cost"
			label="Programs by cost"
			columns={programColumns}
			count={rows.length}
			row={i => rows[i]!}
			rowKey={program => program.id}
			sort={sort}
			onSort={setSort}
			onOpen={program => go(hrefOfLoaded(program))}
			empty="No program is loaded."
		/>
	);
}

function LatestEvents() {
	const live = useLive();
	const rows = live.rows;
	return (
		<EventsGrid
			id="latest-events"
			label="The latest events"
			count={Math.min(200, rows.length)}
			row={i => rows[rows.length - 1 - i]!}
			empty="No event yet."
			onOpen={row => go(hrefOf(['events'], { seq: String(row.event.seq ?? '') }))}
		/>
	);
}

function Alerts() {
	const alerts = useApi<Alert[]>(pathOf('alerts', { last: '50' }), everyMs);
	const now = useNow(10_000);
	return (
		<Loaded of="the alerts" answer={alerts}>
			{list =>
				list.length === 0 ? (
					<p class="note">No alert.</p>
				) : (
					<ul class="alerts" tabIndex={0} aria-label="Alerts">
						{[...list].reverse().map((alert, i) => (
							<li key={i} class={`severity-${alert.severity}`}>
								<span class="alert-head">
									<b>{safe(alert.severity)}</b> <span>{safe(alert.rule)}</span>
									{(alert.count ?? 1) > 1 && <span class="dim">× {alert.count}</span>}
									<time class="dim" dateTime={alert.time} title={alert.time}>
										{clock(alert.time)}, {ago(alert.time, now)}
									</time>
								</span>
								<span>{safe(alert.text)}</span>
							</li>
						))}
					</ul>
				)
			}
		</Loaded>
	);
}

function Places() {
	const places = useApi<Place[]>(pathOf('places'), 2 * everyMs);
	return (
		<Loaded of="the attach map" answer={places}>
			{list => (list.length === 0 ? <p class="note">No program is attached.</p> : <PlaceGroups places={list} />)}
		</Loaded>
	);
}

function PlaceGroups({ places }: { places: Place[] }) {
	const groups = new Map<string, Place[]>();
	for (const place of places) {
		const group = place.netns === undefined ? place.kind : `${place.kind}, network namespace ${place.netns}`;
		groups.set(group, [...(groups.get(group) ?? []), place]);
	}
	return (
		<div class="places" tabIndex={0} role="region" aria-label="Places">
			{[...groups].map(([group, members]) => (
				<div key={group} class="place-group">
					<h3>{group}</h3>
					<dl>
						{members.map(place => (
							<div key={place.place}>
								<dt>{safe(place.place)}</dt>
								<dd>
									{place.programs.map((program, i) => (
										<span key={`${program.id} ${i}`}>
											<a href={hrefOf(['program', `id:${program.id}`])}>
												{safe(program.name) ||
													program.type ||
													'program'}
											</a>
											<span class="dim"> {program.id}</span>
										</span>
									))}
								</dd>
							</div>
						))}
					</dl>
				</div>
			))}
		</div>
	);
}
