using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Skep.Agent.Fleet.Store;
using Skep.Linux.Interop;
using Skep.Signing.Tls;

namespace Skep.Agent.Fleet.Etcd;

/// <summary>
/// Asks etcd by its gateway for JSON (https://etcd.io/docs/v3.4/dev-guide/api_grpc_gateway/). An endpoint that does not answer is left for
/// the next one. Attempts are the caller's to repeat.
/// </summary>
public sealed class EtcdClient : IDisposable
{
    // A request has 1.5 MiB at most, an answer no such bound: a range of many keys.
    private const long MostAnswerBytes = 256 << 20;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5), IdleAtMost = TimeSpan.FromMinutes(2);

    private readonly EtcdOptions _options;
    private readonly HttpMessageInvoker _http;
    private long _received;
    private int _endpoint;
    private string? _token;

    /// <param name="options">How it is reached.</param>
    /// <exception cref="InvalidDataException">The certificates cannot be used.</exception>
    /// <exception cref="FleetException">TLS needs OpenSSL, which is not there.</exception>
    public EtcdClient(EtcdOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = Timeout,
            PooledConnectionIdleTimeout = IdleAtMost,
        };
        if (options.Endpoints.Any(one => one.Scheme == "https"))
        {
            if (!OpenSsl.IsInstalled()) throw new FleetException($"https needs OpenSSL, which is not installed ({OpenSsl.Remedy})");
            handler.SslOptions = ClientTls.Create(options.Authorities, options.Certificate, options.Key);
        }

        _http = new HttpMessageInvoker(handler);
    }

    /// <summary>Bytes of all answers.</summary>
    public long Received => Interlocked.Read(ref _received);

    /// <summary>The addresses, for messages.</summary>
    public string Name => string.Join(", ", _options.Endpoints.Select(one => one.GetLeftPart(UriPartial.Authority)));

    /// <summary>Reads a key.</summary>
    /// <returns>Null when there is none.</returns>
    public async Task<EtcdValue?> Get(string key, CancellationToken stop) =>
        (await Range(key, null, onlyKeys: false, stop).ConfigureAwait(false)).Values.FirstOrDefault();

    /// <summary>Reads all keys that begin with a text.</summary>
    public async Task<IReadOnlyList<EtcdValue>> List(string prefix, CancellationToken stop) =>
        (await ListAt(prefix, onlyKeys: false, stop).ConfigureAwait(false)).Values;

    /// <summary>Reads all keys that begin with a text.</summary>
    /// <param name="prefix">The text.</param>
    /// <param name="onlyKeys">Whether their values are left out.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>The keys, and the revision of the store that has them.</returns>
    public Task<(IReadOnlyList<EtcdValue> Values, long Revision)> ListAt(string prefix, bool onlyKeys, CancellationToken stop) =>
        Range(prefix, EtcdMessages.EndOf(prefix), onlyKeys, stop);

    /// <summary>Makes changes, all of them or none.</summary>
    /// <param name="conditions">What must hold for that. etcd takes 128 of them at most, and as many changes.</param>
    /// <param name="changes">The changes.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>Whether they were made.</returns>
    public async Task<bool> Change(IReadOnlyList<EtcdCondition> conditions, IReadOnlyList<EtcdChange> changes, CancellationToken stop)
    {
        byte[] answer = await Post("/v3/kv/txn", EtcdMessages.Transaction(conditions, changes), stop).ConfigureAwait(false);
        return Parse(answer, bytes => EtcdMessages.Revision(bytes) > 0 && EtcdMessages.Succeeded(bytes));
    }

    /// <summary>Gets a lease.</summary>
    public async Task<string> Grant(int seconds, CancellationToken stop)
    {
        byte[] answer = await Post("/v3/lease/grant", EtcdMessages.Object(("TTL", $"{seconds}")), stop).ConfigureAwait(false);
        return Parse(answer, bytes => EtcdMessages.Text(bytes, "ID"))
            ?? throw new FleetException($"asking {Name} for a lease: the answer has none");
    }

    /// <summary>Makes a lease last longer.</summary>
    /// <returns>Whether there still is one.</returns>
    public async Task<bool> KeepAlive(string lease, CancellationToken stop)
    {
        byte[] answer = await Post("/v3/lease/keepalive", EtcdMessages.Object(("ID", lease)), stop).ConfigureAwait(false);
        return Parse(answer, bytes => EtcdMessages.Text(bytes, "TTL")) is not (null or "0");
    }

    /// <summary>Gives a lease back: its keys go.</summary>
    public Task Revoke(string lease, CancellationToken stop) => Post("/v3/lease/revoke", EtcdMessages.Object(("ID", lease)), stop);

    /// <summary>Waits for changes of keys that begin with a text, until it is stopped or the connection ends.</summary>
    /// <param name="prefix">What they begin with.</param>
    /// <param name="changed">Called when the watch is there, and at each change.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="FleetException">The connection ended.</exception>
    public async Task Watch(string prefix, Action changed, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(changed);
        int at = _endpoint;
        try
        {
            await Authenticate(stop).ConfigureAwait(false);
            using HttpRequestMessage request = Request("/v3/watch", EtcdMessages.Watch(prefix));
            using HttpResponseMessage response = await _http.SendAsync(request, stop).ConfigureAwait(false);
            Stream stream = await response.Content.ReadAsStreamAsync(stop).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.OK)
                throw Refused("/v3/watch", response.StatusCode, await Read(stream, stop).ConfigureAwait(false));
            byte[] buffer = new byte[8192];
            for (int read; (read = await stream.ReadAsync(buffer, stop).ConfigureAwait(false)) > 0;)
            {
                Interlocked.Add(ref _received, read);
                changed();
            }

            throw new FleetException($"watching {Name}: it ended the connection");
        }
        catch (Exception e) when (IsOfConnection(e, stop))
        {
            Leave(at);
            throw new FleetException($"watching {Name}: {Innermost(e)}", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<(IReadOnlyList<EtcdValue> Values, long Revision)> Range(
        string key, string? end, bool onlyKeys, CancellationToken stop)
    {
        byte[] answer = await Post("/v3/kv/range", EtcdMessages.Range(key, end, onlyKeys), stop).ConfigureAwait(false);
        return Parse(answer, bytes => (EtcdMessages.Values(bytes), EtcdMessages.Revision(bytes)));
    }

    // One that does not answer is left, and each of the others is asked once.
    private async Task<byte[]> Post(string path, byte[] body, CancellationToken stop)
    {
        for (int attempt = 1; ; attempt++)
        {
            int at = _endpoint;
            try
            {
                await Authenticate(stop).ConfigureAwait(false);
                return await Send(path, body, stop).ConfigureAwait(false);
            }
            catch (Exception e) when (IsOfConnection(e, stop))
            {
                Leave(at);
                if (attempt >= _options.Endpoints.Count) throw new FleetException($"asking {Name}: {Innermost(e)}", e);
            }
        }
    }

    private async Task<byte[]> Send(string path, byte[] body, CancellationToken stop)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(stop);
        late.CancelAfter(Timeout);
        using HttpRequestMessage request = Request(path, body);
        using HttpResponseMessage response = await _http.SendAsync(request, late.Token).ConfigureAwait(false);
        Stream stream = await response.Content.ReadAsStreamAsync(late.Token).ConfigureAwait(false);
        byte[] answer = await Read(stream, late.Token).ConfigureAwait(false);
        Interlocked.Add(ref _received, answer.Length);
        if (response.StatusCode == HttpStatusCode.OK) return answer;
        throw Refused(path, response.StatusCode, answer);
    }

    private HttpRequestMessage Request(string path, byte[] body)
    {
        Uri endpoint = _options.Endpoints[_endpoint % _options.Endpoints.Count];
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(endpoint, path)) { Content = new ByteArrayContent(body) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        if (_token is { } token) request.Headers.TryAddWithoutValidation("Authorization", token);
        return request;
    }

    private async Task Authenticate(CancellationToken stop)
    {
        if (_options.User is not { } user || _token is not null) return;
        byte[] answer = await Send(
            "/v3/auth/authenticate", EtcdMessages.Object(("name", user), ("password", _options.Password ?? "")), stop)
            .ConfigureAwait(false);
        _token = Parse(answer, bytes => EtcdMessages.Text(bytes, "token"));
    }

    // A server that is before etcd may answer for it, with a page of its own.
    private T Parse<T>(byte[] answer, Func<byte[], T> read)
    {
        try
        {
            return read(answer);
        }
        catch (Exception e) when (e is JsonException or FormatException or OverflowException or InvalidOperationException
            or ArgumentException)
        {
            throw new FleetException($"asking {Name}: the answer is not one of etcd: {e.Message}", e);
        }
    }

    private FleetException Refused(string path, HttpStatusCode status, byte[] answer)
    {
        // A token ends with the server that made it, or with its time.
        _token = null;
        string? why = null;
        try
        {
            why = EtcdMessages.Text(answer, "error") ?? EtcdMessages.Text(answer, "message");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
        }

        return new FleetException($"asking {Name} for {path}: {why ?? $"HTTP status {(int)status}"}");
    }

    private void Leave(int at) => Interlocked.CompareExchange(ref _endpoint, (at + 1) % _options.Endpoints.Count, at);

    private static bool IsOfConnection(Exception e, CancellationToken stop) => e is not FleetException
        && (e is HttpRequestException or IOException or SocketException or InvalidOperationException or InvalidDataException
            || (e is OperationCanceledException && !stop.IsCancellationRequested));

    private static string Innermost(Exception e)
    {
        if (e is OperationCanceledException) return $"no answer within {Timeout.TotalSeconds:0} s";
        while (e.InnerException is { } inner) e = inner;
        return e.Message;
    }

    private static async Task<byte[]> Read(Stream stream, CancellationToken stop)
    {
        var all = new MemoryStream();
        byte[] buffer = new byte[16 << 10];
        for (int read; (read = await stream.ReadAsync(buffer, stop).ConfigureAwait(false)) > 0;)
        {
            all.Write(buffer, 0, read);
            if (all.Length > MostAnswerBytes) throw new InvalidDataException("the answer is too long");
        }

        return all.ToArray();
    }
}
