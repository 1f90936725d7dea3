using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Skep.Agent.Config;
using Skep.Agent.Query;
using Skep.Bpf;
using Skep.Filter.Runtime.Report;
using Skep.Filter.Runtime.Tables;
using Skep.Guard.Learn;
using Skep.Linux.Errors;
using static Skep.Agent.Web.Reply;

namespace Skep.Agent.Web;

/// <summary>Answers requests: metrics, what the agent has stored, and events as they happen.</summary>
internal sealed class RequestHandler
{
    private const string Api = "/api/v1/", TokenKey = "token";
    private const long MostEntries = 10_000, DefaultEntries = 1000;
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(15);

    // Events that follow one another are sent together.
    private static readonly TimeSpan SendEvery = TimeSpan.FromMilliseconds(250);
    private const int MostSentAtOnce = 64 << 10;

    private readonly AgentConfig _config;
    private readonly Func<byte[]?> _status;
    private readonly Metrics _metrics;
    private readonly EventStream _stream;
    private readonly LoadedRequests _loaded;
    private readonly ProgramRequests _programs;
    private readonly MachineRequests _machine;
    private readonly CancellationToken _ending;
    private readonly PageFiles _page = new();
    private readonly SemaphoreSlim _working = new(4);
    private readonly WrongTokens _wrong = new(() => Environment.TickCount64);

    /// <param name="config">Where history is.</param>
    /// <param name="status">What the agent says of itself.</param>
    /// <param name="metrics">Metrics.</param>
    /// <param name="stream">Events as they happen.</param>
    /// <param name="loaded">What there is in the kernel.</param>
    /// <param name="programs">What is asked of a program.</param>
    /// <param name="machine">What is asked of the machine, its packet filters and its guard.</param>
    /// <param name="ending">Ends those who follow.</param>
    public RequestHandler(
        AgentConfig config, Func<byte[]?> status, Metrics metrics, EventStream stream, LoadedRequests loaded, ProgramRequests programs,
        MachineRequests machine, CancellationToken ending)
    {
        (_config, _status, _metrics, _stream, _ending) = (config, status, metrics, stream, ending);
        (_loaded, _programs, _machine) = (loaded, programs, machine);
    }

    /// <summary>Answers one.</summary>
    /// <param name="context">The request.</param>
    /// <param name="isLocal">Whether it came by the socket of root.</param>
    /// <param name="token">What it needs else.</param>
    public async Task Answer(HttpContext context, bool isLocal, AccessToken token)
    {
        HttpResponse response = context.Response;
        SetHeaders(response);
        if (!isLocal && Refusal(context.Request, token) is { } refusal)
        {
            await (context.Request.Path == "/"
                ? PageFiles.Refuse(context, refusal.Status, refusal.Why) : Refuse(context, refusal.Status, refusal.Why));
            return;
        }

        string path = context.Request.Path.Value ?? "";
        bool isChange = FilterChanges.Has(path);
        if (!(isChange ? HttpMethods.IsPost(context.Request.Method) : HttpMethods.IsGet(context.Request.Method)))
        {
            response.Headers.Allow = isChange ? "POST" : "GET";
            await Refuse(
                context, StatusCodes.Status405MethodNotAllowed, isChange ? "it is answered to POST only" : "only GET is answered");
            return;
        }

        if (PageFiles.Has(path))
        {
            await (path == "/" && context.Request.Query.ContainsKey(TokenKey)
                ? PageFiles.SignIn(context, token) : _page.Send(context, path) ?? NotFound(context));
            return;
        }

        if (path == Api + "events/stream")
        {
            await Follow(context);
            return;
        }

        // What takes longest has a turn of its own.
        if (ProgramRequests.IsAnalysis(path))
        {
            await AnswerSafely(context, path);
            return;
        }

        // Readers of the database and walks over the kernel's objects: a few at once, whoever asks.
        if (!await _working.WaitAsync(TimeSpan.FromSeconds(10), context.RequestAborted))
        {
            response.Headers.RetryAfter = "5";
            await Refuse(context, StatusCodes.Status503ServiceUnavailable, "too many requests at once (ask again in 5 seconds)");
            return;
        }

        try
        {
            await AnswerSafely(context, path);
        }
        finally
        {
            _working.Release();
        }
    }

    // Whatever goes wrong with one request, the agent goes on.
    private async Task AnswerSafely(HttpContext context, string path)
    {
        try
        {
            await Answer(context, path);
        }
        catch (Exception e) when (e is not OutOfMemoryException && !context.RequestAborted.IsCancellationRequested)
        {
            if (context.Response.HasStarted) throw;
            int status = e is NotSupportedException or NotSupportedByKernelException
                ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status500InternalServerError;
            bool isExpected = e is IOException or InvalidDataException or KernelException or NotSupportedException
                or UnauthorizedAccessException;
            context.Response.Headers.Clear();
            SetHeaders(context.Response);
            await Refuse(context, status, isExpected ? e.Message : $"a fault of skep: {e.GetType().Name}: {e.Message} (report it)");
        }
    }

    private static void SetHeaders(HttpResponse response)
    {
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
    }

    // A page of another site may reach loopback from a browser, under a name of its own: not by TLS, where the certificate has the name.
    private (int Status, string Why)? Refusal(HttpRequest request, AccessToken token)
    {
        string host = request.Host.Host;
        bool isOurs = host is "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address)
            && IPAddress.IsLoopback(address));
        if (!isOurs && !request.IsHttps) return (StatusCodes.Status421MisdirectedRequest, "the Host header names another machine");
        if (request.Headers.Origin is [{ Length: > 0 } origin] && origin != $"{request.Scheme}://{request.Host.Value}")
            return (StatusCodes.Status403Forbidden, "the request comes from a page of another site");
        const string bearer = "Bearer ";
        string authorization = request.Headers.Authorization.ToString();
        string? given = authorization.StartsWith(bearer, StringComparison.OrdinalIgnoreCase)
            ? authorization[bearer.Length..].Trim() : request.Cookies[AccessToken.CookieOf(request)];
        if (request.Path == "/" && request.Query.TryGetValue(TokenKey, out StringValues ofAddress)) given = ofAddress.ToString();
        if (token.Is(given)) return null;
        if (given is { Length: > 0 } && _wrong.Add() is { } seconds)
        {
            request.HttpContext.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            return (StatusCodes.Status429TooManyRequests, $"too many wrong tokens came (wait {seconds} s; it is in {_config.TokenPath})");
        }

        return (StatusCodes.Status401Unauthorized, $"the token is missing or wrong (it is in {_config.TokenPath})");
    }

    private Task Answer(HttpContext context, string path)
    {
        if (path == "/metrics") return SendMetrics(context);
        if (!path.StartsWith(Api, StringComparison.Ordinal)) return NotFound(context);
        string[] parts = path[Api.Length..].Split('/');
        if (FilterChanges.Has(path)) return FilterChanges.Answer(context, parts[1], _config.WebWrite);
        if (Live(context, parts) is { } live) return live;
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
            ["guard", "history"] => List(context, reader => reader.Decisions(filter), HistoryJson.Write),
            ["guard", "learned"] => Learned(context, filter),
            ["filter"] => Tables(context),
            ["filter", "history"] => List(context, reader => reader.Filter(filter), HistoryJson.Write),
            _ => NotFound(context),
        };
    }

    private Task? Live(HttpContext context, string[] parts) => parts switch
    {
        ["loaded" or "links" or "places", ..] => _loaded.Answer(context, parts),
        ["programs", { Length: > 0 } name, var what] when ProgramRequests.Has(what) => _programs.Answer(context, name, what),
        ["doctor"] or ["guard"] or ["filter", _, "verdict" or "stats"] => _machine.Answer(context, parts),
        _ => null,
    };

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
            json, one, reader.Attachments(new HistoryFilter { Program = one.Sha256 ?? one.Tag ?? one.Name }), versions: null,
            reader.CodePath(one)));
    }

    // What skep guard learn writes of the same events.
    private async Task Learned(HttpContext context, HistoryFilter filter)
    {
        var learner = new PolicyLearner();
        using (HistoryReader reader = HistoryReader.Open(_config))
            foreach (HistoryEvent e in reader.Events(filter)) learner.Add(e.Json.Span);
        using var policy = new StringWriter { NewLine = "\n" };
        new LearnedPolicyWriter(learner, policy).Write(Environment.ProcessPath);
        await SendJson(context, json =>
        {
            json.WriteStartObject();
            json.WriteNumber("events", learner.Events);
            json.WriteNumber("unknown", learner.Unknown);
            json.WriteString("policy", policy.ToString());
            json.WriteEndObject();
        });
    }

    private static Task Tables(HttpContext context) =>
        SendArray(context, AppliedTable.ReadAll(static (_, _) => { }), FilterTableWriter.WriteJson);

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
                await Task.Delay(SendEvery, end.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The reader has left, or the agent ends.
        }
    }

    private static async Task SendWaiting(HttpContext context, EventStream.Follower follower, CancellationToken end)
    {
        var text = new ArrayBufferWriter<byte>();
        while (follower.Events.TryRead(out byte[]? json))
        {
            text.Write("data: "u8);
            text.Write(json);
            text.Write("\n\n"u8);
            if (text.WrittenCount < MostSentAtOnce) continue;
            await context.Response.Body.WriteAsync(text.WrittenMemory, end);
            text.ResetWrittenCount();
        }

        if (follower.TakeMissed() is > 0 and var missed)
        {
            string line = string.Create(CultureInfo.InvariantCulture, $"event: missed\ndata: {{\"count\":{missed}}}\n\n");
            text.Write(Encoding.UTF8.GetBytes(line));
        }

        await context.Response.Body.WriteAsync(text.WrittenMemory, end);
        await context.Response.Body.FlushAsync(end);
    }
}
