import type { ComponentChild } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

export interface Line {
	number: string;
	text: ComponentChild;
	length: number;
}

const lineHeight = 18,
	beyond = 10,
	charWidth = 7.3;

/** Lines of code, any number of them. Arrow keys move the chosen one. */
export function Lines({
	id,
	label,
	lines,
	linked,
	active,
	onChoose,
	goTo,
}: {
	id: string;
	label: string;
	lines: Line[];
	/** Lines that belong to what is chosen elsewhere. */
	linked: Set<number>;
	active: number | undefined;
	onChoose: (line: number) => void;
	/** A line to be seen. */
	goTo: number | undefined;
}) {
	const element = useRef<HTMLDivElement>(null);
	const [top, setTop] = useState(0);
	const [height, setHeight] = useState(0);
	useLayoutEffect(() => {
		const one = element.current!;
		const observer = new ResizeObserver(() => setHeight(one.clientHeight));
		observer.observe(one);
		setHeight(one.clientHeight);
		return () => observer.disconnect();
	}, []);
	useEffect(() => {
		if (goTo === undefined) return;
		const one = element.current!,
			at = goTo * lineHeight;
		if (at < one.scrollTop || at + lineHeight > one.scrollTop + one.clientHeight)
			one.scrollTop = Math.max(0, at - one.clientHeight / 3);
	}, [goTo, height > 0]);
	const first = Math.max(0, Math.floor(top / lineHeight) - beyond);
	const last = Math.min(lines.length, first + Math.ceil(height / lineHeight) + 2 * beyond);
	const widest = lines.reduce((most, line) => Math.max(most, line.length), 0);
	const shown: ComponentChild[] = [];
	for (let i = first; i < last; i++) {
		shown.push(
			<div
				key={i}
				id={`${id}-${i}`}
				role="option"
				aria-selected={i === active}
				aria-setsize={lines.length}
				aria-posinset={i + 1}
				class={`line ${linked.has(i) ? 'is-linked' : ''} ${i === active ? 'is-active' : ''}`}
				style={{ transform: `translateY(${i * lineHeight}px)` }}
				onClick={() => onChoose(i)}>
				<span class="line-number">{lines[i]!.number}</span>
				<span>{lines[i]!.text}</span>
			</div>,
		);
	}
	const onKeyDown = (e: KeyboardEvent) => {
		const page = Math.max(1, Math.floor(height / lineHeight) - 2),
			at = active ?? -1;
		const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: lines.length - 1 }[
			e.key
		];
		if (to === undefined || e.ctrlKey || e.altKey || e.metaKey) return;
		e.preventDefault();
		onChoose(Math.max(0, Math.min(lines.length - 1, to)));
	};
	return (
		<div
			ref={element}
			id={id}
			class="lines"
			role="listbox"
			tabIndex={0}
			aria-label={label}
			onKeyDown={onKeyDown}
			aria-activedescendant={active !== undefined && active >= first && active < last ? `${id}-${active}` : undefined}
			onScroll={e => setTop(e.currentTarget.scrollTop)}>
			<div
				class="lines-body"
				role="presentation"
				style={{ height: `${lines.length * lineHeight}px`, width: `${Math.ceil(widest * charWidth) + 70}px` }}>
				{shown}
			</div>
		</div>
	);
}
