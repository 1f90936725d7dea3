import { useEffect, useState } from 'preact/hooks';

/** Where the page is: what follows the # of its address, so that it stays when the page is loaded anew. */
export interface Route {
	path: string[];
	query: URLSearchParams;
}

const changed = 'skep-route';

export function readRoute(): Route {
	const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?', 2);
	return {
		path: path
			.split('/')
			.filter(part => part !== '')
			.map(decode),
		query: new URLSearchParams(query),
	};
}

export function useRoute(): Route {
	const [route, setRoute] = useState(readRoute);
	useEffect(() => {
		const read = () => setRoute(readRoute());
		addEventListener('hashchange', read);
		addEventListener(changed, read);
		return () => {
			removeEventListener('hashchange', read);
			removeEventListener(changed, read);
		};
	}, []);
	return route;
}

export function hrefOf(path: string[], query?: Record<string, string | undefined>): string {
	const search = new URLSearchParams();
	for (const [key, value] of Object.entries(query ?? {})) if (value) search.set(key, value);
	const text = search.toString();
	return `#/${path.map(encodeURIComponent).join('/')}${text === '' ? '' : `?${text}`}`;
}

export function go(href: string): void {
	location.hash = href;
}

/** Changes parameters of the address without another entry in the browser's history. */
export function setQuery(changes: Record<string, string | undefined>): void {
	const { path, query } = readRoute();
	for (const [key, value] of Object.entries(changes)) {
		if (value) query.set(key, value);
		else query.delete(key);
	}
	history.replaceState(null, '', hrefOf(path, Object.fromEntries(query)));
	dispatchEvent(new Event(changed));
}

function decode(part: string): string {
	try {
		return decodeURIComponent(part);
	} catch {
		return part;
	}
}
