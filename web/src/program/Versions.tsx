import { type Answer, pathOf, useApi } from '../api';
import { count, day, duration, safe } from '../format';
import { Loaded, Section, Table } from '../parts/basic';
import { hrefOf } from '../router';
import type { HistoryProgram } from '../types';

interface Version {
	sha256?: string;
	first_seen: string;
	last_seen: string;
	changes?: string[];
}

/** When it ran and where, and the versions of what the same loader loads under the same name. */
export function Versions({ history }: { history: Answer<HistoryProgram[]> }) {
	if (!history.data && !history.error && !history.isLoading)
		return <p class="note">The history does not have the code of this program.</p>;
	return (
		<Loaded of="the history of this program" answer={history}>
			{list => (
				<>
					{list.map((one, i) => (
						<OneProgram key={i} program={one} />
					))}
				</>
			)}
		</Loaded>
	);
}

function OneProgram({ program }: { program: HistoryProgram }) {
	const places = program.attachments ?? [];
	return (
		<>
			<Section title="Versions" note="of what the same executable loaded under the same name and type">
				<VersionList of={program.sha256} />
			</Section>
			<Section title="Instances" note="each load of this code">
				<Table
					label="Instances"
					heads={['id', 'loaded (UTC)', 'until (UTC)', 'by', 'uid', 'unit', 'runs', 'run time']}
					numbers={[0, 6, 7]}
					rows={[...program.instances]
						.reverse()
						.slice(0, 200)
						.map(one => [
							one.id,
							day(one.loaded_at),
							one.gone ? day(one.gone) : 'now',
							`${safe(one.comm)}${one.pid ? `[${one.pid}]` : ''}`,
							one.uid ?? '',
							safe(one.unit),
							count(one.run_cnt),
							duration(one.run_time_ns),
						])}
				/>
			</Section>
			{places.length > 0 && (
				<Section title="Attachments">
					<Table
						label="Attachments"
						heads={['where', 'target', 'program', 'from (UTC)', 'until (UTC)']}
						numbers={[2]}
						rows={places.map(place => [
							place.point,
							safe(place.target),
							place.prog_id,
							day(place.first_seen),
							place.gone ? day(place.gone) : 'now',
						])}
					/>
				</Section>
			)}
		</>
	);
}

function VersionList({ of }: { of: string | undefined }) {
	const answer = useApi<Version[]>(of === undefined ? undefined : pathOf(`programs/${of}/versions`));
	return (
		<Loaded of="the versions" answer={answer}>
			{versions =>
				versions.length === 0 ? (
					<p class="note">No other version is known.</p>
				) : (
					<div class="versions">
						{[...versions].reverse().map((version, i) => (
							<OneVersion key={i} version={version} isThis={version.sha256 === of} />
						))}
					</div>
				)
			}
		</Loaded>
	);
}

function OneVersion({ version, isThis }: { version: Version; isThis: boolean }) {
	const hash = version.sha256;
	return (
		<div>
			<p>
				{isThis || hash === undefined ? (
					<b>
						<code>{hash?.slice(0, 12) ?? 'unknown code'}</code>
					</b>
				) : (
					<a href={hrefOf(['program', hash], { view: 'versions' })}>
						<code>{hash.slice(0, 12)}</code>
					</a>
				)}
				{isThis && ' this one'}
				<span class="dim">
					{' '}
					first seen {day(version.first_seen)}, last seen {day(version.last_seen)} UTC
				</span>
			</p>
			{version.changes &&
				(version.changes.length > 0 ? (
					<pre class="diff" tabIndex={0} aria-label="What changed from the version before">
						{version.changes.map(safe).join('\n')}
					</pre>
				) : (
					<p class="dim">What it does did not change.</p>
				))}
		</div>
	);
}
