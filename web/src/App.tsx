import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { pathOf, useApi } from './api';
import { useLive } from './live';
import { Events } from './pages/Events';
import { Filter } from './pages/Filter';
import { Guard } from './pages/Guard';
import { Machine } from './pages/Machine';
import { Now } from './pages/Now';
import { Program } from './pages/Program';
import { Programs } from './pages/Programs';
import { type Route, useRoute } from './router';
import type { Status } from './types';

const pages: { key: string; title: string; show: (route: Route) => JSX.Element }[] = [
	{ key: '', title: 'Now', show: () => <Now /> },
	{ key: 'programs', title: 'Programs', show: route => <Programs query={route.query} /> },
	{ key: 'events', title: 'Events', show: route => <Events query={route.query} /> },
	{ key: 'filter', title: 'Filter', show: route => <Filter table={route.path[1]} /> },
	{ key: 'guard', title: 'Guard', show: () => <Guard /> },
	{ key: 'machine', title: 'Machine', show: () => <Machine /> },
];

export function App() {
	const route = useRoute();
	const main = useRef<HTMLElement>(null);
	const isProgram = route.path[0] === 'program' && route.path[1] !== undefined;
	const page = isProgram ? pages[1]! : pages.find(one => one.key === (route.path[0] ?? ''));
	const place = route.path.join('/');
	const isFirst = useRef(true);
	useEffect(() => {
		document.title = `${page?.title ?? 'skep'} - skep agent`;
		// A reader of the screen begins at the new page, as with another document.
		if (!isFirst.current) main.current?.focus({ preventScroll: true });
		isFirst.current = false;
	}, [place]);
	return (
		<>
			<a
				class="skip"
				href="#main"
				onClick={e => {
					e.preventDefault();
					main.current?.focus();
				}}>
				Skip to the content
			</a>
			<header class="top">
				<span class="brand">skep</span>
				<nav aria-label="Pages">
					{pages.map(one => (
						<a
							key={one.key}
							href={`#/${one.key}`}
							aria-current={one === page ? (isProgram ? 'true' : 'page') : undefined}>
							{one.title}
						</a>
					))}
				</nav>
				<Health />
			</header>
			<main id="main" ref={main} tabIndex={-1}>
				{isProgram ? (
					<Program key={route.path[1]} name={route.path[1]!} query={route.query} />
				) : page ? (
					page.show(route)
				) : (
					<p class="note">There is no page of this name.</p>
				)}
			</main>
		</>
	);
}

function Health() {
	const status = useApi<Status>(pathOf('status'), 5000);
	const live = useLive();
	const dropped = Object.values(status.data?.events.dropped ?? {}).reduce((sum, n) => sum + n, 0);
	const isWell = !status.error && live.state !== 'lost';
	return (
		<div class="health">
			{status.data?.host && <span class="host">{status.data.host}</span>}
			{dropped > 0 && (
				<a href="#/machine" class="is-warn">
					{dropped} events dropped
				</a>
			)}
			<span role="status" class={isWell ? 'is-good' : 'is-bad'}>
				{isWell
					? live.state === 'open'
						? 'live'
						: 'connecting'
					: status.error
						? status.error.message
						: 'no connection'}
			</span>
		</div>
	);
}
