using System.Globalization;

namespace Skep.Agent.Inspect;

/// <summary>What is asked of a program.</summary>
internal enum AnalysisKind
{
    /// <summary>What <c>skep prog explain -j</c> prints.</summary>
    Explain,

    /// <summary>Its bytecode beside its pseudo-C.</summary>
    Code,

    /// <summary>Its control flow, drawn.</summary>
    Graph,

    /// <summary>What it sends to user space.</summary>
    Records,

    /// <summary>The programs that it is a version of, and what changed between them: what is asked of history.</summary>
    Versions,
}

/// <summary>An analysis of a program.</summary>
/// <param name="Kind">What is asked.</param>
/// <param name="Path">The file with its code; null for a loaded program.</param>
/// <param name="Id">The id of a loaded program.</param>
internal sealed record AnalysisRequest(AnalysisKind Kind, string? Path, uint Id)
{
    /// <summary>The first argument of a process that does it.</summary>
    public const string Word = "agent-analysis";

    /// <summary>The arguments of a process that does it.</summary>
    public string[] Arguments() => [Word, $"{Kind}", Path ?? string.Create(CultureInfo.InvariantCulture, $"id:{Id}")];

    /// <summary>Reads them; null when they are no such.</summary>
    public static AnalysisRequest? Of(IReadOnlyList<string> arguments)
    {
        const string id = "id:";
        if (arguments is not [Word, string kind, string subject]) return null;
        AnalysisKind? wanted = kind switch
        {
            nameof(AnalysisKind.Explain) => AnalysisKind.Explain,
            nameof(AnalysisKind.Code) => AnalysisKind.Code,
            nameof(AnalysisKind.Graph) => AnalysisKind.Graph,
            nameof(AnalysisKind.Records) => AnalysisKind.Records,
            nameof(AnalysisKind.Versions) => AnalysisKind.Versions,
            _ => null,
        };
        if (wanted is not { } known) return null;
        if (subject.StartsWith('/')) return new(known, subject, 0);
        return subject.StartsWith(id, StringComparison.Ordinal)
            && uint.TryParse(subject[id.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out uint number)
            ? new(known, null, number) : null;
    }
}
