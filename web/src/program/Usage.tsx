import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { pathOf, useApi } from '../api';
import { count, day, duration, percent } from '../format';
import { Loaded, Section } from '../parts/basic';
import { setQuery } from '../router';

interface Sample {
	time: string;
	run_cnt: number;
	run_time_ns: number;
	period_ns?: number;
	cpu_percent?: number;
}

const spans: [string, string][] = [
	['1h', 'hour'],
	['6h', '6 hours'],
	['1d', 'day'],
	['7d', 'week'],
	['30d', '30 days'],
];

/** As many samples as the agent sends. */
const mostSamples = 10_000;

/** What the program cost over time, as far as the agent sampled it. */
export function Usage({ path, query }: { path: string; query: URLSearchParams }) {
	const since = query.get('since') ?? '1h';
	const answer = useApi<Sample[]>(pathOf(`${path}/usage`, { since, last: String(mostSamples) }), 15_000);
	return (
		<>
			<div class="choice" role="group" aria-label="How far back">
				{spans.map(([key, name]) => (
					<button
						key={key}
						type="button"
						aria-pressed={key === since}
						onClick={() => setQuery({ since: key })}>
						{name}
					</button>
				))}
			</div>
			<Loaded of="the usage" answer={answer}>
				{samples =>
					samples.length === 0 ? (
						<p class="note">
							No sample in this time (usage.duty, usage.interval; runs are counted in a share of
							the time).
						</p>
					) : (
						<Plots samples={samples} />
					)
				}
			</Loaded>
		</>
	);
}

function Plots({ samples }: { samples: Sample[] }) {
	const times = samples.map(one => Date.parse(one.time) / 1000);
	const cpu = samples.map(one => one.cpu_percent ?? null);
	const runs = samples.map(one => (one.period_ns ? one.run_cnt / (one.period_ns / 1e9) : one.run_cnt));
	const perRun = samples.map(one => (one.run_cnt > 0 ? one.run_time_ns / one.run_cnt : null));
	const most = Math.max(...cpu.map(value => value ?? 0));
	const from = day(samples[0]!.time),
		to = day(samples.at(-1)!.time);
	const summary = `${count(samples.length)} samples from ${from} to ${to} UTC, CPU at most ${percent(most)}`;
	return (
		<>
			<p class="dim">
				{summary}
				{samples.length >= mostSamples && '; there may be more before them: these are the last that the agent sends'}
			</p>
			<Section title="CPU">
				<Plot label={`CPU, ${summary}`} times={times} values={cpu} format={value => percent(value)} />
			</Section>
			<Section title="Runs per second">
				<Plot label="Runs per second" times={times} values={runs} format={value => count(Math.round(value))} />
			</Section>
			<Section title="Time per run">
				<Plot label="Time per run" times={times} values={perRun} format={duration} />
			</Section>
		</>
	);
}

/** A time of the axis, as short as the span of all of them allows. */
function timeOf(time: number, times: number[]): string {
	const text = day(time),
		seconds = times.at(-1)! - times[0]!;
	return seconds < 3600 ? text.slice(11) : seconds < 2 * 86400 ? text.slice(11, 16) : text.slice(5, 16);
}

function Plot({
	label,
	times,
	values,
	format,
}: {
	label: string;
	times: number[];
	values: (number | null)[];
	format: (value: number) => string;
}) {
	const element = useRef<HTMLDivElement>(null);
	const plot = useRef<uPlot | undefined>(undefined);
	useEffect(() => {
		const one = element.current!;
		const dark = matchMedia('(prefers-color-scheme: dark)');
		const make = () => {
			plot.current?.destroy();
			const style = getComputedStyle(document.documentElement);
			const colour = (name: string) => style.getPropertyValue(name).trim();
			const axis = {
				stroke: colour('--dim'),
				grid: { stroke: colour('--line'), width: 1 },
				ticks: { stroke: colour('--line'), width: 1 },
			};
			plot.current = new uPlot(
				{
					width: one.clientWidth,
					height: 170,
					tzDate: time => uPlot.tzDate(new Date(time * 1000), 'UTC'),
					scales: { y: { range: (_, _low, high) => [0, high > 0 ? high * 1.1 : 1] } },
					axes: [
						{ ...axis, space: 100, values: (_, ticks) => ticks.map(tick => timeOf(tick, times)) },
						{ ...axis, size: 76, values: (_, ticks) => ticks.map(tick => format(tick)) },
					],
					series: [
						{
							label: 'UTC',
							value: (_, time) => (time === null || time === undefined ? '' : day(time)),
						},
						{
							label: 'value',
							stroke: colour('--accent'),
							width: 1.5,
							points: { show: times.length < 60, size: 4 },
							value: (_, value) => (value === null || value === undefined ? '' : format(value)),
						},
					],
				},
				[times, values],
				one,
			);
		};
		make();
		const observer = new ResizeObserver(() => plot.current?.setSize({ width: one.clientWidth, height: 170 }));
		observer.observe(one);
		dark.addEventListener('change', make);
		return () => {
			observer.disconnect();
			dark.removeEventListener('change', make);
			plot.current?.destroy();
			plot.current = undefined;
		};
	}, [times.length, times.at(-1)]);
	return <div ref={element} class="plot" role="img" aria-label={label} />;
}
