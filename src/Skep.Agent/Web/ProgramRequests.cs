using System.Globalization;
using Microsoft.AspNetCore.Http;
using Skep.Agent.Config;
using Skep.Agent.Inspect;
using Skep.Agent.Query;
using Skep.Linux.Kernel;

namespace Skep.Agent.Web;

/// <summary>
/// What is asked of one program: of the code that history keeps, by its SHA-256, or of a loaded one, by its id: <c>id:5</c>.
/// </summary>
/// <param name="config">Where history is.</param>
/// <param name="analyses">Does what takes long.</param>
internal sealed class ProgramRequests(AgentConfig config, ProgramAnalyses analyses)
{
    private const string Loaded = "id:";
    private const int HashDigits = 64;
    private const long MostSamples = 10_000, DefaultSamples = 1000;

    private readonly string _boot = KernelFile.Text("/proc/sys/kernel/random/boot_id").Value ?? "";

    /// <summary>Whether there is such a path below a program.</summary>
    public static bool Has(string what) => what is "explain" or "code" or "graph" or "records" or "versions" or "usage";

    /// <summary>Whether a path is answered by an analysis, which waits for its turn.</summary>
    public static bool IsAnalysis(string path) =>
        path.Split('/') is ["", "api", "v1", "programs", _, "explain" or "code" or "graph" or "records" or "versions"];

    /// <summary>Answers one.</summary>
    /// <param name="context">The request.</param>
    /// <param name="name">The program.</param>
    /// <param name="what">What is asked.</param>
    public Task Answer(HttpContext context, string name, string what)
    {
        uint id = 0;
        bool isLoaded = name.StartsWith(Loaded, StringComparison.Ordinal)
            && uint.TryParse(name.AsSpan(Loaded.Length), NumberStyles.None, CultureInfo.InvariantCulture, out id);
        if (!isLoaded && !(name.Length == HashDigits && name.All(char.IsAsciiHexDigitLower)))
        {
            return Reply.Refuse(
                context, StatusCodes.Status400BadRequest,
                "a program is named here by its SHA-256, 64 hexadecimal digits (programs has them), or by id:N while it is loaded");
        }

        if (what == "usage") return Usage(context, name, isLoaded ? id : null);
        if (RequestQuery.Mistake(context.Request.Query) is { } mistake)
            return Reply.Refuse(context, StatusCodes.Status400BadRequest, mistake);
        AnalysisKind kind = what switch
        {
            "explain" => AnalysisKind.Explain,
            "code" => AnalysisKind.Code,
            "graph" => AnalysisKind.Graph,
            "versions" => AnalysisKind.Versions,
            _ => AnalysisKind.Records,
        };
        if (isLoaded && kind == AnalysisKind.Versions)
        {
            return Reply.Refuse(
                context, StatusCodes.Status404NotFound,
                $"history does not know the code of program {id} as it was loaded (programs has those)");
        }

        if (isLoaded) return Analyse(context, new(kind, null, id), $"program {id}");
        return HistoryReader.CodePath(config, name) is not { } path
            ? Reply.Refuse(
                context, StatusCodes.Status404NotFound,
                $"history has no code with the SHA-256 {name} (a loaded program is named by id:N: loaded has the ids)")
            : Analyse(context, new(kind, path, 0), $"program {name[..12]}");
    }

    private async Task Analyse(HttpContext context, AnalysisRequest request, string program)
    {
        AnalysisAnswer? answer = await analyses.Of(request, context.RequestAborted);
        if (answer is null)
        {
            context.Response.Headers.RetryAfter = "10";
            await Reply.Refuse(
                context, StatusCodes.Status503ServiceUnavailable, "other programs are analysed at the moment (ask again in 10 seconds)");
            return;
        }

        if (answer.End == AnalysisEnd.Done)
        {
            await Reply.Send(context, Reply.JsonType, answer.Json);
            return;
        }

        if (answer.End == AnalysisEnd.Late) context.Response.Headers.RetryAfter = "10";
        string command = request.Kind switch
        {
            AnalysisKind.Code => "prog decompile",
            AnalysisKind.Graph => "prog cfg",
            AnalysisKind.Versions => "history program",
            _ => "prog explain",
        };
        string subject = request.Kind == AnalysisKind.Versions ? Path.GetFileNameWithoutExtension(request.Path!)
            : request.Path ?? string.Create(CultureInfo.InvariantCulture, $"id {request.Id}");
        string remedy = answer.End is AnalysisEnd.TooLarge or AnalysisEnd.TooLong or AnalysisEnd.Late
            ? $" (skep {command} {subject} has no such limit)" : "";
        await Reply.Refuse(context, StatusOf(answer.End), $"analysing {program}: {answer.Reason}{remedy}");
    }

    private static int StatusOf(AnalysisEnd end) => end switch
    {
        AnalysisEnd.None => StatusCodes.Status404NotFound,
        AnalysisEnd.Refused => StatusCodes.Status422UnprocessableEntity,
        AnalysisEnd.TooLarge => StatusCodes.Status413PayloadTooLarge,
        AnalysisEnd.TooLong or AnalysisEnd.Late => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };

    private Task Usage(HttpContext context, string name, uint? id)
    {
        IQueryCollection query = context.Request.Query;
        string? mistake = HistoryQuery.TryRead(query, DefaultSamples, MostSamples, out HistoryFilter filter);
        mistake = RequestQuery.Mistake(query, "since", "until", "last") ?? mistake;
        if (mistake is not null) return Reply.Refuse(context, StatusCodes.Status400BadRequest, mistake);
        using HistoryReader reader = HistoryReader.Open(config);
        IReadOnlyList<HistoryUsage>? usage = id is { } number ? reader.Usage(_boot, number, filter) : reader.Usage(name, filter);
        return usage is null
            ? Reply.Refuse(context, StatusCodes.Status404NotFound, $"history has no program {name}")
            : Reply.SendArray(context, usage, HistoryJson.Write);
    }
}
