import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

/** How long an answer may take: an analysis waits for 10 s and takes 20 s at most. */
const mostMs = 40_000;

/** What an answer other than 200 says. */
export class ApiError extends Error {
	/** @param retrySeconds When the agent says that it can be asked again; else that does not help. */
	constructor(
		readonly status: number,
		message: string,
		readonly retrySeconds?: number,
	) {
		super(message);
	}
}

export interface Answer<T> {
	/** The last one that came, also while another is awaited. */
	data?: T;
	error?: ApiError;
	isLoading: boolean;
	reload: () => void;
}

export function pathOf(path: string, query?: Record<string, string | undefined>): string {
	const search = new URLSearchParams();
	for (const [key, value] of Object.entries(query ?? {})) if (value) search.set(key, value);
	const text = search.toString();
	return `/api/v1/${path}${text === '' ? '' : `?${text}`}`;
}

export const get = async <T>(path: string, signal?: AbortSignal): Promise<T> => (await ask('GET', path, signal)).json() as Promise<T>;

/** The same, with integers that a number of JavaScript does not hold as texts. */
export const getExact = async <T>(path: string, signal?: AbortSignal): Promise<T> =>
	JSON.parse(exact(await (await ask('GET', path, signal)).text())) as T;

/** Has the agent change something. */
export const post = async <T>(path: string): Promise<T> => (await ask('POST', path)).json() as Promise<T>;

/** JSON with quotes around integers that would be rounded. What is in texts stays as it is. */
function exact(json: string): string {
	return json.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, one =>
		/^-?\d{16,}$/.test(one) && !Number.isSafeInteger(Number(one)) ? `"${one}"` : one,
	);
}

/** Waits until the page is seen, or the signal. */
function whenSeen(signal: AbortSignal): Promise<void> {
	return new Promise(resolve => {
		const look = () => {
			if (document.hidden && !signal.aborted) return;
			document.removeEventListener('visibilitychange', look);
			signal.removeEventListener('abort', look);
			resolve();
		};
		document.addEventListener('visibilitychange', look);
		signal.addEventListener('abort', look);
		look();
	});
}

/** An answer in time, its body too: an agent that hangs is said to, and does not leave old tables on the page. */
async function ask(method: string, path: string, signal?: AbortSignal): Promise<Response> {
	const end = new AbortController();
	const timer = setTimeout(() => end.abort(), mostMs);
	const stop = () => end.abort();
	signal?.addEventListener('abort', stop);
	try {
		const response = await fetch(path, {
			method,
			signal: end.signal,
			credentials: 'same-origin',
			headers: { accept: 'application/json' },
		});
		// Read here, as long as the time counts.
		const body = await response.blob();
		return await checked(new Response(body, response));
	} catch (e) {
		if (e instanceof ApiError || signal?.aborted) throw e;
		throw new ApiError(
			0,
			end.signal.aborted ? `the agent does not answer in ${mostMs / 1000} s` : 'the agent does not answer (it may have ended)',
		);
	} finally {
		clearTimeout(timer);
		signal?.removeEventListener('abort', stop);
	}
}

async function checked(response: Response): Promise<Response> {
	if (response.ok) return response;
	if (response.status === 401)
		throw new ApiError(401, 'the token is not this agent’s any more (open the address that it printed at its start)');
	const text = await response.text();
	let said = '';
	try {
		said = String((JSON.parse(text) as { error?: unknown }).error ?? '');
	} catch {
		said = text.slice(0, 200);
	}
	const retry = Number(response.headers.get('retry-after'));
	throw new ApiError(response.status, said === '' ? `the agent answered ${response.status}` : said, retry > 0 ? retry : undefined);
}

/** Asks for something, and again each `everyMs` while the page is seen. No path, no question. */
export function useApi<T>(path: string | undefined, everyMs?: number, read: typeof get = get): Answer<T> {
	const [answer, setAnswer] = useState<{ of?: string; data?: T; error?: ApiError }>({});
	const [turn, setTurn] = useState(0);
	const current = useRef(path);
	current.current = path;
	const reload = useCallback(() => setTurn(n => n + 1), []);
	useEffect(() => {
		if (path === undefined) return;
		const end = new AbortController();
		let timer: ReturnType<typeof setTimeout> | undefined;
		const ask = async () => {
			try {
				await whenSeen(end.signal);
				if (end.signal.aborted) return;
				const data = await read<T>(path, end.signal);
				if (!end.signal.aborted) setAnswer({ of: path, data });
			} catch (e) {
				if (end.signal.aborted) return;
				const error = e instanceof ApiError ? e : new ApiError(0, String(e));
				setAnswer(before => ({
					of: path,
					error,
					...(before.of === path && before.data !== undefined ? { data: before.data } : {}),
				}));
				// What is not there does not come.
				if (error.status === 404 || error.status === 401) return;
				if (error.retrySeconds !== undefined) {
					timer = setTimeout(ask, error.retrySeconds * 1000);
					return;
				}
			}
			if (everyMs !== undefined && !end.signal.aborted) timer = setTimeout(ask, everyMs);
		};
		void ask();
		return () => {
			end.abort();
			clearTimeout(timer);
		};
	}, [path, everyMs, turn]);
	const own = answer.of === path ? answer : {};
	return {
		...(own.data !== undefined ? { data: own.data } : {}),
		...(own.error ? { error: own.error } : {}),
		isLoading: path !== undefined && own.data === undefined && !own.error,
		reload,
	};
}
