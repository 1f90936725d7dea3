using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Skep.Agent.Config;
using Skep.Agent.Query;
using Skep.Filter.Runtime.Report;
using Skep.Filter.Runtime.Tables;
using Skep.Linux.Errors;
using Skep.Output;

namespace Skep.Agent.Web;

/// <summary>Answers requests: metrics, what the agent has stored, and events as they happen.</summary>
internal sealed class RequestHandler
{
    private const string Api = "/api/v1/", JsonType = "application/json; charset=utf-8";
    private const long MostEntries = 10_000, DefaultEntries = 1000;
    private const int FlushBytes = 1 << 16;
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(15);

    private readonly AgentConfig _config;
    private readonly Func<byte[]?> _status;
    private readonly Metrics _metrics;
    private readonly EventStream _stream;
    private readonly CancellationToken _ending;
    private readonly SemaphoreSlim _working = new(4);

    /// <param name="config">Where history is.</param>
    /// <param name="status">What the agent says of itself.</param>
    /// <param name="metrics">Metrics.</param>
    /// <param name="stream">Events as they happen.</param>
    /// <param name="ending">Ends those who follow.</param>
    public RequestHandler(AgentConfig config, Func<byte[]?> status, Metrics metrics, EventStream stream, CancellationToken ending) =>
        (_config, _status, _metrics, _stream, _ending) = (config, status, metrics, stream, ending);

    /// <summary>Answers one.</summary>
    /// <param name="context">The request.</param>
    /// <param name="isLocal">Whether it came by the socket of root.</param>
    /// <param name="token">What it needs else.</param>
    public async Task Answer(HttpContext context, bool isLocal, AccessToken token)
    {
        HttpResponse response = context.Response;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
        if (!isLocal && Refusal(context.Request, token) is { } refusal)
        {
            await Refuse(context, refusal.Status, refusal.Why);
            return;
        }

        if (!HttpMethods.IsGet(context.Request.Method))
        {
            response.Headers.Allow = "GET";
            await Refuse(context, StatusCodes.Status405MethodNotAllowed, "only GET is answered");
            return;
        }

        string path = context.Request.Path.Value ?? "";
        if (path == Api + "events/stream")
        {
            await Follow(context);
            return;
        }

        // Readers of the database and walks over the kernel's objects: a few at once, whoever asks.
        if (!await _working.WaitAsync(TimeSpan.FromSeconds(10), context.RequestAborted))
        {
            response.Headers.RetryAfter = "5";
            await Refuse(context, StatusCodes.Status503ServiceUnavailable, "too many requests at once");
            return;
        }

        try
        {
            await Answer(context, path);
        }
        catch (Exception e) when ((e is IOException or InvalidDataException or KernelException)
            && !context.RequestAborted.IsCancellationRequested)
        {
            if (!response.HasStarted) await Refuse(context, StatusCodes.Status500InternalServerError, e.Message);
        }
        finally
        {
            _working.Release();
        }
    }

    // A page of another site may reach loopback from a browser, under a name of its own.
    private (int Status, string Why)? Refusal(HttpRequest request, AccessToken token)
    {
        string host = request.Host.Host;
        bool isOurs = host is "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address)
            && IPAddress.IsLoopback(address));
        if (!isOurs) return (StatusCodes.Status421MisdirectedRequest, "the Host header names another machine");
        if (request.Headers.Origin is [{ Length: > 0 } origin] && origin != $"http://{request.Host.Value}")
            return (StatusCodes.Status403Forbidden, "the request comes from a page of another site");
        const string bearer = "Bearer ";
        string authorization = request.Headers.Authorization.ToString();
        string? given = authorization.StartsWith(bearer, StringComparison.OrdinalIgnoreCase)
            ? authorization[bearer.Length..].Trim() : request.Cookies[AccessToken.Cookie];
        if (token.Is(given)) return null;
        return (StatusCodes.Status401Unauthorized, $"the token is missing or wrong (it is in {_config.TokenPath})");
    }

    private Task Answer(HttpContext context, string path)
    {
        if (path == "/metrics") return SendMetrics(context);
        if (!path.StartsWith(Api, StringComparison.Ordinal)) return NotFound(context);
        string[] parts = path[Api.Length..].Split('/');
        IQueryCollection query = context.Request.Query;
        if (HistoryQuery.TryRead(query, DefaultEntries, MostEntries, out HistoryFilter filter) is { } mistake)
            return Refuse(context, StatusCodes.Status400BadRequest, mistake);
        return parts switch
        {
            ["status"] => _status() is { } status ? Send(context, JsonType, status) : NotFound(context),
            ["programs"] => List(context, reader => reader.Programs(filter), HistoryJson.Write),
            ["programs", { Length: > 0 } name] => Program(context, name),
            ["maps"] => List(context, reader => reader.Maps(filter), HistoryJson.Write),
            ["attachments"] => List(context, reader => reader.Attachments(filter), HistoryJson.Write),
            ["events"] => List(context, reader => reader.Events(filter), HistoryJson.Write),
            ["alerts"] => List(context, reader => reader.Alerts(filter), HistoryJson.Write),
            ["runs"] => List(context, reader => reader.Runs(filter), HistoryJson.Write),
            ["filter"] => Tables(context),
            ["filter", "history"] => List(context, reader => reader.Filter(filter), HistoryJson.Write),
            _ => NotFound(context),
        };
    }

    private Task SendMetrics(HttpContext context)
    {
        var text = new MetricText(MetricText.PrefersOpenMetrics(context.Request.Headers.Accept.ToString()));
        _metrics.Write(text);
        return Send(context, text.ContentType, text.End());
    }

    private async Task List<T>(HttpContext context, Func<HistoryReader, IEnumerable<T>> read, Action<Utf8JsonWriter, T> write)
    {
        using HistoryReader reader = HistoryReader.Open(_config);
        await SendArray(context, read(reader), write);
    }

    private async Task Program(HttpContext context, string name)
    {
        using HistoryReader reader = HistoryReader.Open(_config);
        IReadOnlyList<HistoryProgram> found = reader.Find(name);
        if (found.Count == 0)
        {
            await NotFound(context);
            return;
        }

        await SendArray(context, found, (json, one) => HistoryJson.WriteDetail(
            json, one, reader.Attachments(new HistoryFilter { Program = one.Sha256 ?? one.Tag ?? one.Name }), [], reader.CodePath(one)));
    }

    private static Task Tables(HttpContext context) =>
        SendArray(context, AppliedTable.ReadAll(static (_, _) => { }), FilterTableWriter.WriteJson);

    private static async Task SendArray<T>(HttpContext context, IEnumerable<T> entries, Action<Utf8JsonWriter, T> write)
    {
        context.Response.ContentType = JsonType;
        var buffer = new MemoryStream();
        using var json = new Utf8JsonWriter(buffer, OutputForm.Json.JsonOptions());
        json.WriteStartArray();
        foreach (T one in entries)
        {
            write(json, one);
            if (buffer.Length + json.BytesPending < FlushBytes) continue;
            await Pass(context, json, buffer);
        }

        json.WriteEndArray();
        await Pass(context, json, buffer);
    }

    private static async Task Pass(HttpContext context, Utf8JsonWriter json, MemoryStream buffer)
    {
        json.Flush();
        await context.Response.Body.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), context.RequestAborted);
        buffer.SetLength(0);
    }

    // https://html.spec.whatwg.org/multipage/server-sent-events.html
    private async Task Follow(HttpContext context)
    {
        using EventStream.Follower? follower = _stream.Follow();
        if (follower is null)
        {
            await Refuse(context, StatusCodes.Status503ServiceUnavailable, "too many follow the events");
            return;
        }

        context.Response.ContentType = "text/event-stream";
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _ending);
        try
        {
            await context.Response.Body.WriteAsync(": events as skep watch -j prints them\n\n"u8.ToArray(), end.Token);
            await context.Response.Body.FlushAsync(end.Token);
            while (true)
            {
                using var beat = CancellationTokenSource.CreateLinkedTokenSource(end.Token);
                beat.CancelAfter(Beat);
                try
                {
                    if (!await follower.Events.WaitToReadAsync(beat.Token)) return;
                }
                catch (OperationCanceledException) when (!end.IsCancellationRequested)
                {
                    await context.Response.Body.WriteAsync(":\n\n"u8.ToArray(), end.Token);
                    await context.Response.Body.FlushAsync(end.Token);
                    continue;
                }

                await SendWaiting(context, follower, end.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The reader has left, or the agent ends.
        }
    }

    private static async Task SendWaiting(HttpContext context, EventStream.Follower follower, CancellationToken end)
    {
        while (follower.Events.TryRead(out byte[]? json))
        {
            await context.Response.Body.WriteAsync("data: "u8.ToArray(), end);
            await context.Response.Body.WriteAsync(json, end);
            await context.Response.Body.WriteAsync("\n\n"u8.ToArray(), end);
        }

        if (follower.TakeMissed() is > 0 and var missed)
        {
            string text = string.Create(CultureInfo.InvariantCulture, $"event: missed\ndata: {{\"count\":{missed}}}\n\n");
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), end);
        }

        await context.Response.Body.FlushAsync(end);
    }

    private static Task NotFound(HttpContext context) => Refuse(context, StatusCodes.Status404NotFound, "there is nothing here");

    private static Task Refuse(HttpContext context, int status, string why)
    {
        context.Response.StatusCode = status;
        if (status == StatusCodes.Status401Unauthorized) context.Response.Headers[HeaderNames.WWWAuthenticate] = "Bearer";
        using var buffer = new MemoryStream();
        StreamOutput.WriteJson(buffer, OutputForm.Json, json =>
        {
            json.WriteStartObject();
            json.WriteString("error", why);
            json.WriteEndObject();
        });
        return Send(context, JsonType, buffer.ToArray());
    }

    private static Task Send(HttpContext context, string type, byte[] body)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body, 0, body.Length, context.RequestAborted);
    }
}
