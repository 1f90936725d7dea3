import type { ComponentChild } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';

/** A column. Where there is no room for all, those of a higher `priority` number are left out. */
export interface Column<T> {
	key: string;
	title: string;
	/** Pixels that it needs. */
	width: number;
	/** Its share of what is left. */
	grow?: number;
	priority?: number;
	isNumber?: boolean;
	isMono?: boolean;
	cell: (row: T) => ComponentChild;
	/** What it is sorted by; without it, it is not. */
	by?: (row: T) => number | string | undefined;
}

export interface Sort {
	key: string;
	isDown: boolean;
}

interface Props<T> {
	id: string;
	label: string;
	columns: Column<T>[];
	count: number;
	row: (index: number) => T;
	rowKey: (row: T) => string | number;
	sort?: Sort;
	onSort?: (sort: Sort) => void;
	onOpen?: (row: T) => void;
	isOpen?: (row: T) => boolean;
	rowClass?: (row: T) => string;
	empty: string;
	className?: string;
}

const rowHeight = 26,
	headHeight = 28,
	beyond = 6,
	gap = 12,
	padding = 20;

/** A list of any length: only rows that are seen are there. Arrow keys move, Enter opens. */
export function Grid<T>(props: Props<T>) {
	const { columns, count, row, rowKey, sort, onSort, onOpen } = props;
	const element = useRef<HTMLDivElement>(null);
	const [size, setSize] = useState({ width: 0, height: 0 });
	const [top, setTop] = useState(0);
	const [activeKey, setActiveKey] = useState<string | number>();
	const place = useRef(-1);
	useLayoutEffect(() => {
		const one = element.current!;
		const measure = () => setSize({ width: one.clientWidth, height: one.clientHeight });
		measure();
		const observer = new ResizeObserver(measure);
		observer.observe(one);
		return () => observer.disconnect();
	}, []);
	const shown = useMemo(() => columnsThatFit(columns, size.width), [columns, size.width]);
	useEffect(() => {
		const template = shown.map(c => (c.grow ? `minmax(${c.width}px, ${c.grow}fr)` : `${c.width}px`)).join(' ');
		element.current!.style.setProperty('--columns', template);
	}, [shown]);
	const first = Math.max(0, Math.min(count - 1, Math.floor(top / rowHeight)) - beyond);
	const last = Math.min(count, first + Math.ceil(size.height / rowHeight) + 2 * beyond);
	const active = activeKey === undefined ? -1 : indexOfKey(activeKey, place.current, count, i => rowKey(row(i)));
	if (active >= 0) place.current = active;
	const choose = (index: number) => {
		place.current = index;
		setActiveKey(rowKey(row(index)));
	};
	const move = (to: number) => {
		const index = Math.max(0, Math.min(count - 1, to));
		choose(index);
		const one = element.current!,
			at = index * rowHeight;
		if (at < one.scrollTop) one.scrollTop = at;
		else if (at + rowHeight + headHeight > one.scrollTop + one.clientHeight)
			one.scrollTop = at + rowHeight + headHeight - one.clientHeight;
	};
	const onKeyDown = (e: KeyboardEvent) => {
		if (e.target !== element.current || count === 0 || e.ctrlKey || e.altKey || e.metaKey) return;
		const page = Math.max(1, Math.floor((size.height - headHeight) / rowHeight) - 1);
		const steps: Record<string, number> = {
			ArrowDown: place.current + 1,
			ArrowUp: place.current - 1,
			PageDown: place.current + page,
			PageUp: place.current - page,
			Home: 0,
			End: count - 1,
		};
		const to = steps[e.key];
		if (to !== undefined) move(to);
		else if (e.key === 'Enter' && active >= 0) onOpen?.(row(active));
		else return;
		e.preventDefault();
	};
	const rows: ComponentChild[] = [];
	for (let i = first; i < last; i++) {
		const one = row(i);
		const isOpen = props.isOpen?.(one) ?? false;
		rows.push(
			<div
				key={rowKey(one)}
				id={`${props.id}-${i}`}
				role="row"
				aria-rowindex={i + 2}
				aria-selected={isOpen}
				class={`grid-row ${i === active ? 'is-active' : ''} ${props.rowClass?.(one) ?? ''}`}
				style={{ transform: `translateY(${i * rowHeight}px)` }}
				onClick={
					onOpen &&
					(e => {
						if ((e.target as Element).closest('a, button')) return;
						choose(i);
						onOpen(one);
					})
				}>
				{shown.map(c => (
					<div key={c.key} role="gridcell" class={cellClass(c)}>
						{c.cell(one)}
					</div>
				))}
			</div>,
		);
	}
	return (
		<div
			ref={element}
			id={props.id}
			role="grid"
			tabIndex={0}
			aria-label={props.label}
			aria-rowcount={count + 1}
			aria-colcount={shown.length}
			aria-activedescendant={active >= first && active < last ? `${props.id}-${active}` : undefined}
			class={`grid ${onOpen ? 'opens' : ''} ${props.className ?? ''}`}
			onScroll={e => setTop(e.currentTarget.scrollTop)}
			onKeyDown={onKeyDown}>
			<div role="rowgroup" class="grid-head">
				<div role="row" aria-rowindex={1} class="grid-row">
					{shown.map(c => (
						<Head key={c.key} column={c} {...(sort ? { sort } : {})} {...(onSort ? { onSort } : {})} />
					))}
				</div>
			</div>
			<div role="rowgroup" class="grid-body" style={{ height: `${count * rowHeight}px` }}>
				{count > 0 ? (
					rows
				) : (
					<div role="row" class="grid-empty">
						<div role="gridcell">{props.empty}</div>
					</div>
				)}
			</div>
		</div>
	);
}

/** Where the row of a key is, looked for from where it was on: rows move when others come, go, or are sorted. */
function indexOfKey(key: string | number, from: number, count: number, keyAt: (index: number) => string | number): number {
	for (let step = 0; step < count; step++) {
		const index = (from + step) % count;
		if (keyAt(index) === key) return index;
	}
	return -1;
}

function Head<T>({ column, sort, onSort }: { column: Column<T>; sort?: Sort; onSort?: (sort: Sort) => void }) {
	const isSorted = sort?.key === column.key;
	const order = isSorted ? (sort.isDown ? 'descending' : 'ascending') : undefined;
	const isDownFirst = column.isNumber ?? false;
	return (
		<div role="columnheader" class={cellClass(column)} aria-sort={order}>
			{column.by && onSort ? (
				<button
					type="button"
					onClick={() => onSort({ key: column.key, isDown: isSorted ? !sort.isDown : isDownFirst })}>
					{column.title}
					<span aria-hidden="true">{isSorted ? (sort.isDown ? ' ▾' : ' ▴') : ''}</span>
				</button>
			) : (
				column.title
			)}
		</div>
	);
}

function cellClass<T>(column: Column<T>): string {
	return `cell ${column.isNumber ? 'is-number' : ''} ${column.isMono ? 'is-mono' : ''}`;
}

function columnsThatFit<T>(columns: Column<T>[], width: number): Column<T>[] {
	if (width === 0) return columns;
	const kept = [...columns];
	const needed = () => kept.reduce((sum, c) => sum + c.width + gap, padding - gap);
	while (kept.length > 1 && needed() > width) {
		let worst = 0;
		for (let i = 1; i < kept.length; i++) if ((kept[i]!.priority ?? 0) >= (kept[worst]!.priority ?? 0)) worst = i;
		kept.splice(worst, 1);
	}
	return kept;
}

/** Rows in the order of a column; those without a value last. */
export function sorted<T>(rows: T[], columns: Column<T>[], sort: Sort): T[] {
	const by = columns.find(c => c.key === sort.key)?.by;
	if (!by) return rows;
	const sign = sort.isDown ? -1 : 1;
	return rows
		.map(row => ({ row, value: by(row) }))
		.sort((a, b) => {
			if (a.value === undefined || b.value === undefined) return a.value === b.value ? 0 : a.value === undefined ? 1 : -1;
			return a.value < b.value ? -sign : a.value > b.value ? sign : 0;
		})
		.map(one => one.row);
}
