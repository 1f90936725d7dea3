import type { ComponentChild } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { pathOf, useApi } from '../api';
import { count, safe } from '../format';
import { Loaded, TextField } from '../parts/basic';
import { setQuery } from '../router';

interface Box {
	x: number;
	y: number;
	width: number;
	height: number;
}

interface Node extends Box {
	id: number;
	first: number;
	last: number;
	lines: string[];
}

interface Edge {
	from: number;
	to: number;
	kind: string;
	points: [number, number][];
}

interface Flow {
	width: number;
	height: number;
	functions: (Box & { name?: string; title?: string })[];
	nodes: Node[];
	edges: Edge[];
}

/** The control flow, laid out by the agent: zoom, pan, and search in the instructions. */
export function Graph({ path, query }: { path: string | undefined; query: URLSearchParams }) {
	const answer = useApi<Flow>(path && pathOf(`${path}/graph`));
	return (
		<Loaded of="the control flow" answer={answer}>
			{flow => <View flow={flow} query={query} />}
		</Loaded>
	);
}

const leastScale = 0.02,
	mostScale = 4,
	lineHeight = 14,
	inset = 7,
	ascent = 11,
	textFrom = 0.18,
	step = 1.25;

function View({ flow, query }: { flow: Flow; query: URLSearchParams }) {
	const find = query.get('find') ?? '';
	const element = useRef<HTMLDivElement>(null);
	const [size, setSize] = useState({ width: 0, height: 0 });
	const [camera, setCamera] = useState<{ x: number; y: number; scale: number }>();
	const [at, setAt] = useState(0);
	const [isDragged, setDragged] = useState(false);
	const found = useMemo(() => (find === '' ? [] : flow.nodes.filter(node => matches(node, find))), [flow, find]);
	const current = found[at % Math.max(1, found.length)];
	const boxes = useMemo(() => flow.edges.map(boxOf), [flow]);

	useEffect(() => {
		const one = element.current!;
		const observer = new ResizeObserver(() => setSize({ width: one.clientWidth, height: one.clientHeight }));
		observer.observe(one);
		return () => observer.disconnect();
	}, []);
	const fit = () => {
		const scale = Math.max(leastScale, Math.min(1, size.width / (flow.width + 20), size.height / (flow.height + 20)));
		setCamera({ x: (flow.width - size.width / scale) / 2, y: (flow.height - size.height / scale) / 2, scale });
	};
	const show = (node: Node) => {
		const scale = Math.max(camera?.scale ?? 1, 0.8);
		setCamera({
			x: node.x + node.width / 2 - size.width / scale / 2,
			y: node.y + Math.min(node.height, size.height / scale) / 2 - size.height / scale / 2,
			scale,
		});
	};
	const start = () => {
		// The first instruction, as large as text is: a large program fits no screen.
		const scale = Math.max(0.6, Math.min(1, size.width / (flow.width + 20), size.height / (flow.height + 20)));
		const first = flow.nodes[0];
		const middle = first ? first.x + first.width / 2 : flow.width / 2;
		setCamera({
			x: flow.width * scale <= size.width ? (flow.width - size.width / scale) / 2 : middle - size.width / scale / 2,
			y: flow.height * scale <= size.height ? (flow.height - size.height / scale) / 2 : -10,
			scale,
		});
	};
	useEffect(() => {
		if (size.width > 0 && !camera) start();
	}, [size]);
	useEffect(() => setAt(0), [find]);
	useEffect(() => {
		if (current && size.width > 0) show(current);
	}, [current, size.width > 0]);

	const zoom = (factor: number, x = size.width / 2, y = size.height / 2) =>
		setCamera(before => {
			if (!before) return before;
			const scale = Math.max(leastScale, Math.min(mostScale, before.scale * factor));
			return { scale, x: before.x + x / before.scale - x / scale, y: before.y + y / before.scale - y / scale };
		});
	const pan = (x: number, y: number) =>
		setCamera(before => before && { ...before, x: before.x - x / before.scale, y: before.y - y / before.scale });

	useEffect(() => {
		const one = element.current!;
		const onWheel = (e: WheelEvent) => {
			e.preventDefault();
			const frame = one.getBoundingClientRect();
			if (e.shiftKey) pan(-e.deltaY, 0);
			else zoom(Math.exp(-e.deltaY * (e.ctrlKey ? 0.01 : 0.0016)), e.clientX - frame.left, e.clientY - frame.top);
		};
		one.addEventListener('wheel', onWheel, { passive: false });
		return () => one.removeEventListener('wheel', onWheel);
	}, [size]);

	const held = useRef(new Map<number, { x: number; y: number }>());
	const onPointerDown = (e: PointerEvent) => {
		if (e.button !== 0) return;
		held.current.set(e.pointerId, { x: e.clientX, y: e.clientY });
		element.current!.setPointerCapture(e.pointerId);
		setDragged(true);
	};
	const onPointerMove = (e: PointerEvent) => {
		const points = held.current,
			last = points.get(e.pointerId);
		if (!last) return;
		const other = [...points].find(([id]) => id !== e.pointerId)?.[1];
		if (other) {
			const before = Math.hypot(last.x - other.x, last.y - other.y),
				now = Math.hypot(e.clientX - other.x, e.clientY - other.y);
			const frame = element.current!.getBoundingClientRect();
			if (before > 0) zoom(now / before, (e.clientX + other.x) / 2 - frame.left, (e.clientY + other.y) / 2 - frame.top);
		} else {
			pan(e.clientX - last.x, e.clientY - last.y);
		}
		points.set(e.pointerId, { x: e.clientX, y: e.clientY });
	};
	const onPointerUp = (e: PointerEvent) => {
		held.current.delete(e.pointerId);
		setDragged(held.current.size > 0);
	};
	const onKeyDown = (e: KeyboardEvent) => {
		if (e.ctrlKey || e.altKey || e.metaKey) return;
		const far = 60;
		const keys: Record<string, () => void> = {
			ArrowLeft: () => pan(far, 0),
			ArrowRight: () => pan(-far, 0),
			ArrowUp: () => pan(0, far),
			ArrowDown: () => pan(0, -far),
			'+': () => zoom(step),
			'=': () => zoom(step),
			'-': () => zoom(1 / step),
			'0': fit,
			Home: start,
			n: () => setAt(i => i + 1),
			N: () => setAt(i => (i + found.length - 1) % Math.max(1, found.length)),
		};
		const act = keys[e.key];
		if (!act) return;
		e.preventDefault();
		act();
	};
	const view = camera && { x: camera.x, y: camera.y, width: size.width / camera.scale, height: size.height / camera.scale };
	return (
		<div class="graph">
			<div class="graph-tools">
				<TextField
					label="Find"
					value={find}
					placeholder="in instructions"
					wait={150}
					onChange={text => setQuery({ find: text })}
				/>
				<button type="button" disabled={found.length === 0} onClick={() => setAt(i => i + 1)}>
					Next
				</button>
				<span class="dim" role="status">
					{find !== '' && `${count(found.length)} of ${count(flow.nodes.length)} blocks`}
				</span>
				<span class="spacer" />
				<button type="button" aria-label="Zoom in" onClick={() => zoom(step)}>
					+
				</button>
				<button type="button" aria-label="Zoom out" onClick={() => zoom(1 / step)}>
					−
				</button>
				<button type="button" onClick={fit}>
					Fit
				</button>
				<button type="button" onClick={start}>
					Start
				</button>
				<span class="dim">
					{camera ? `${Math.round(camera.scale * 100)} %` : ''}, {count(flow.nodes.length)} blocks
				</span>
			</div>
			<div
				ref={element}
				class={`graph-view ${isDragged ? 'is-dragged' : ''}`}
				tabIndex={0}
				role="group"
				aria-label="Control flow: arrow keys move, + and - zoom, 0 fits, n goes to what is found next; Code has it as text"
				onPointerDown={onPointerDown}
				onPointerMove={onPointerMove}
				onPointerUp={onPointerUp}
				onPointerCancel={onPointerUp}
				onKeyDown={onKeyDown}>
				{view && size.width > 0 && (
					<svg viewBox={`${view.x} ${view.y} ${view.width} ${view.height}`} aria-hidden="true">
						<defs>
							{['next', 'taken', 'back', 'call'].map(kind => (
								<marker
									key={kind}
									id={`arrow-${kind}`}
									viewBox="0 0 8 8"
									refX="7"
									refY="4"
									markerWidth="7"
									markerHeight="7"
									orient="auto-start-reverse">
									<path d="M0 0 8 4 0 8z" class={`head is-${kind}`} />
								</marker>
							))}
						</defs>
						{flow.functions.map(
							(one, i) =>
								isSeen(one, view) && (
									<g key={i} class="function">
										<rect
											x={one.x}
											y={one.y}
											width={one.width}
											height={one.height}
											rx={4}
										/>
										<text x={one.x + 8} y={one.y + 16}>
											{safe(one.title ?? one.name)}
										</text>
									</g>
								),
						)}
						{flow.edges.map(
							(edge, i) =>
								isSeen(boxes[i]!, view) && (
									<polyline
										key={i}
										class={`edge is-${kindOf(edge)}`}
										points={edge.points.map(point => point.join(',')).join(' ')}
										marker-end={`url(#arrow-${kindOf(edge)})`}
										vector-effect={
											camera.scale < 0.4
												? 'non-scaling-stroke'
												: undefined
										}
									/>
								),
						)}
						{flow.nodes.map(
							node =>
								isSeen(node, view) && (
									<Block
										key={`${node.id} ${node.first}`}
										node={node}
										isText={camera.scale >= textFrom}
										isFound={find !== '' && matches(node, find)}
										isCurrent={node === current}
									/>
								),
						)}
					</svg>
				)}
			</div>
		</div>
	);
}

function Block({ node, isText, isFound, isCurrent }: { node: Node; isText: boolean; isFound: boolean; isCurrent: boolean }) {
	const lines: ComponentChild[] = isText
		? node.lines.map((line, i) => {
				const text = safe(line.replace(/\t/g, '    '));
				return (
					<text key={i} x={node.x + inset} y={node.y + inset + i * lineHeight + ascent}>
						{text}
					</text>
				);
			})
		: [];
	return (
		<g
			class={`node ${isFound ? 'is-found' : ''} ${isCurrent ? 'is-current' : ''}`}
			onDblClick={() => setQuery({ view: 'code', pc: String(node.first) })}>
			<rect x={node.x} y={node.y} width={node.width} height={node.height} rx={3} />
			{lines}
		</g>
	);
}

function matches(node: Node, find: string): boolean {
	const wanted = find.toLowerCase();
	return node.lines.some(line => line.toLowerCase().includes(wanted));
}

function kindOf(edge: Edge): string {
	return ['taken', 'back', 'call'].includes(edge.kind) ? edge.kind : 'next';
}

function boxOf(edge: Edge): Box {
	const xs = edge.points.map(point => point[0]),
		ys = edge.points.map(point => point[1]);
	const x = Math.min(...xs),
		y = Math.min(...ys);
	return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

function isSeen(box: Box, view: Box): boolean {
	return box.x <= view.x + view.width && box.x + box.width >= view.x && box.y <= view.y + view.height && box.y + box.height >= view.y;
}
