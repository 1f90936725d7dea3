import type { Column } from './Grid';
import { count, day, duration, bytes, percent, rate, safe } from '../format';
import { hrefOf } from '../router';
import type { LoadedProgram } from '../types';

/** The page of a program that is loaded: others may be loaded with the same code. */
export function hrefOfLoaded(program: LoadedProgram): string {
	return hrefOf(['program', `id:${program.id}`]);
}

export function loader(program: LoadedProgram): string {
	return program.comm ?? program.pids?.[0]?.comm ?? '';
}

export function attachedTo(program: LoadedProgram): string {
	const places = program.attach ?? [];
	const first = places[0];
	if (!first) return '';
	const more = places.length > 1 ? ` and ${places.length - 1} more` : '';
	return `${first.target ?? first.attach_type ?? first.how}${more}`;
}

/** Columns of `/loaded`. */
export const programColumns: Column<LoadedProgram>[] = [
	{ key: 'id', title: 'id', width: 60, priority: 6, isNumber: true, cell: p => p.id, by: p => p.id },
	{
		key: 'name',
		title: 'name',
		width: 130,
		grow: 2,
		by: p => p.name,
		cell: p => (
			<a href={hrefOfLoaded(p)} title={safe(p.name)}>
				{safe(p.name) || '(no name)'}
			</a>
		),
	},
	{ key: 'type', title: 'type', width: 100, grow: 1, priority: 2, cell: p => p.type, by: p => p.type },
	{ key: 'attached', title: 'attached to', width: 130, grow: 2, priority: 4, cell: p => safe(attachedTo(p)), by: attachedTo },
	{ key: 'by', title: 'loaded by', width: 100, grow: 1, priority: 5, cell: p => safe(loader(p)), by: loader },
	{
		key: 'rate',
		title: 'runs/s',
		width: 66,
		priority: 3,
		isNumber: true,
		cell: p => rate(p.events_per_second),
		by: p => p.events_per_second,
	},
	{ key: 'run', title: 'per run', width: 66, priority: 3, isNumber: true, cell: p => duration(p.avg_run_ns), by: p => p.avg_run_ns },
	{ key: 'cpu', title: 'CPU', width: 66, priority: 1, isNumber: true, cell: p => percent(p.cpu_percent), by: p => p.cpu_percent },
];

/** More of them, for the list of all. */
export const moreColumns: Column<LoadedProgram>[] = [
	...programColumns,
	{ key: 'runs', title: 'runs', width: 80, priority: 7, isNumber: true, cell: p => count(p.run_cnt), by: p => p.run_cnt },
	{ key: 'size', title: 'xlated', width: 70, priority: 8, isNumber: true, cell: p => bytes(p.bytes_xlated), by: p => p.bytes_xlated },
	{
		key: 'unit',
		title: 'unit',
		width: 120,
		grow: 1,
		priority: 9,
		cell: p => safe(p.loader_unit ?? p.unit),
		by: p => p.loader_unit ?? p.unit,
	},
	{ key: 'tag', title: 'tag', width: 130, priority: 10, isMono: true, cell: p => p.tag ?? '', by: p => p.tag },
	{ key: 'loaded', title: 'loaded (UTC)', width: 140, priority: 7, cell: p => day(p.loaded_at), by: p => p.loaded_at },
];
