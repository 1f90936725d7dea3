import { clock, safe } from '../format';
import { type EventRow, programRef } from '../events';
import { hrefOf } from '../router';
import { type Column, Grid } from './Grid';

const columns: Column<EventRow>[] = [
	{
		key: 'time',
		title: 'time (UTC)',
		width: 92,
		isMono: true,
		cell: row => <time title={row.event.time}>{clock(row.event.time)}</time>,
	},
	{ key: 'cmd', title: 'cmd', width: 96, grow: 1, priority: 1, cell: row => safe(row.event.cmd) },
	{ key: 'what', title: 'what', width: 104, grow: 3, priority: 1, cell: row => what(row) },
	{
		key: 'comm',
		title: 'by',
		width: 150,
		grow: 1,
		priority: 4,
		cell: row => (row.event.comm === undefined ? '' : `${safe(row.event.comm)}[${row.event.pid}]`),
	},
	{ key: 'uid', title: 'uid', width: 44, priority: 6, isNumber: true, cell: row => row.event.uid ?? '' },
	{ key: 'unit', title: 'unit', width: 110, grow: 1, priority: 5, cell: row => safe(row.event.unit ?? row.event.container) },
	{
		key: 'error',
		title: 'result',
		width: 72,
		priority: 3,
		cell: row => (row.event.error ? <span class="is-bad">{safe(row.event.error)}</span> : ''),
	},
];

function what(row: EventRow) {
	const program = programRef(row.event);
	return program ? (
		<a href={hrefOf(['program', program])} title={row.what}>
			{row.what}
		</a>
	) : (
		<span title={row.what}>{row.what}</span>
	);
}

/** Also when rows were put before it. */
const keyOf = (row: EventRow) => (row.event.seq === undefined ? row.key : `${row.event.time} ${row.event.seq}`);

/** Events, one a line. */
export function EventsGrid(props: {
	id: string;
	label: string;
	count: number;
	row: (index: number) => EventRow;
	empty: string;
	onOpen?: (row: EventRow) => void;
	isOpen?: (row: EventRow) => boolean;
	className?: string;
}) {
	return <Grid {...props} columns={columns} rowKey={keyOf} rowClass={row => (row.event.gap ? 'is-gap' : '')} />;
}
