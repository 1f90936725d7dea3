using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace Skep.Agent.Export.Outgoing;

/// <summary>
/// Sends bytes to an address by POST, and waits for the answer no longer than a time. It follows no redirection, uses no proxy and keeps no
/// cookie. Attempts are the caller's to repeat.
/// </summary>
internal sealed class OutgoingPost : IDisposable
{
    // Answers of receivers are short.
    private const int MostAnswerBytes = 64 << 10;

    // A name may get another address.
    private static readonly TimeSpan ConnectionLasts = TimeSpan.FromMinutes(5), PingAfter = TimeSpan.FromSeconds(10);

    private readonly Uri _address;
    private readonly TimeSpan _timeout;
    private readonly bool _isHttp2;
    private readonly (string Name, string Value)[] _headers;
    private readonly string? _issuers;
    private HttpMessageInvoker? _invoker;

    /// <param name="address">http or https.</param>
    /// <param name="timeout">How long an attempt takes at most, with its connection.</param>
    /// <param name="issuers">The file of the certificates that the server's is checked with; null for those that the system trusts.</param>
    /// <param name="isHttp2">Whether it is HTTP/2, and nothing else.</param>
    /// <param name="headers">Headers of each request.</param>
    public OutgoingPost(
        Uri address, TimeSpan timeout, string? issuers, bool isHttp2 = false, params IEnumerable<(string Name, string Value)> headers)
    {
        (_address, _timeout, _issuers, _isHttp2, _headers) = (address, timeout, issuers, isHttp2, [.. headers]);
    }

    /// <summary>Sends once. What goes wrong is in the answer; it throws nothing.</summary>
    /// <param name="body">The bytes.</param>
    /// <param name="contentType">What they are.</param>
    /// <param name="stop">Ends the attempt.</param>
    /// <param name="headers">Headers of this request.</param>
    public async Task<PostAnswer> Send(
        ReadOnlyMemory<byte> body, string contentType, CancellationToken stop, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _address)
        {
            Version = _isHttp2 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ReadOnlyMemoryContent(body),
        };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        foreach ((string name, string value) in (ReadOnlySpan<(string, string)>)[.. _headers, .. headers])
            if (!request.Headers.TryAddWithoutValidation(name, value)) request.Content.Headers.TryAddWithoutValidation(name, value);
        using var late = CancellationTokenSource.CreateLinkedTokenSource(stop);
        late.CancelAfter(_timeout);
        try
        {
            // Its certificates may be put there later.
            _invoker ??= Open();
            using HttpResponseMessage response = await _invoker.SendAsync(request, late.Token).ConfigureAwait(false);
            byte[] answer = await Read(response.Content, late.Token).ConfigureAwait(false);
            return new PostAnswer((int)response.StatusCode, null)
            {
                Body = answer,
                RetryAfter = Delay(response.Headers.RetryAfter),
                Headers = Pairs(response.Headers, response.Content.Headers),
                Trailers = Pairs(response.TrailingHeaders),
            };
        }
        catch (OperationCanceledException)
        {
            return new PostAnswer(null, stop.IsCancellationRequested ? "stopped" : $"no answer within {_timeout.TotalSeconds:0.#} s");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException or InvalidOperationException
            or InvalidDataException)
        {
            while (e.InnerException is { } inner) e = inner;
            return new PostAnswer(null, e.Message);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _invoker?.Dispose();

    private HttpMessageInvoker Open()
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = _timeout,
            PooledConnectionLifetime = ConnectionLasts,
            KeepAlivePingDelay = PingAfter,
            KeepAlivePingTimeout = _timeout,
        };
        if (_address.Scheme == Uri.UriSchemeHttps) handler.SslOptions = OutgoingTls.Options(_issuers);
        return new HttpMessageInvoker(handler);
    }

    private static TimeSpan? Delay(RetryConditionHeaderValue? header) =>
        header?.Delta ?? (header?.Date is { } date ? date - DateTimeOffset.UtcNow : null);

    private static Dictionary<string, string> Pairs(params ReadOnlySpan<HttpHeaders> all)
    {
        var pairs = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (HttpHeaders headers in all)
            foreach ((string name, HeaderStringValues values) in headers.NonValidated) pairs[name] = values.ToString();
        return pairs;
    }

    // What is longer is cut off, and the connection with it.
    private static async Task<byte[]> Read(HttpContent content, CancellationToken stop)
    {
        Stream stream = await content.ReadAsStreamAsync(stop).ConfigureAwait(false);
        byte[] buffer = new byte[4096];
        int length = 0;
        while (true)
        {
            if (length == buffer.Length)
            {
                if (length >= MostAnswerBytes) break;
                Array.Resize(ref buffer, length * 4);
            }

            int read = await stream.ReadAsync(buffer.AsMemory(length), stop).ConfigureAwait(false);
            if (read == 0) break;
            length += read;
        }

        return buffer[..length];
    }
}

/// <summary>What was answered to a POST.</summary>
/// <param name="Status">The status of HTTP; null when there was no answer.</param>
/// <param name="Error">Why there was none.</param>
internal sealed record PostAnswer(int? Status, string? Error)
{
    /// <summary>What was answered, the first 64 KiB of it.</summary>
    public byte[] Body { get; init; } = [];

    /// <summary>When the receiver wants the next attempt (Retry-After); null when it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The headers of the answer.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>The headers after its body.</summary>
    public IReadOnlyDictionary<string, string> Trailers { get; init; } = new Dictionary<string, string>();
}
