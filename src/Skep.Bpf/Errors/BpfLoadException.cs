using Skep.Linux.Errors;

namespace Skep.Bpf;

/// <summary>A program, an object or BTF that the kernel or libbpf refused to load.</summary>
public sealed class BpfLoadException : BpfException
{
    internal BpfLoadException(string operation, Errno error, string log, string? remedy = null)
        : base(operation, error, remedy, Reason(error, log))
    {
        Log = log;
        Summary = VerifierLog.Summary(log);
    }

    /// <summary>The last lines of the log that say why; empty when there is no log.</summary>
    public string Summary { get; }

    /// <summary>All that the verifier and libbpf said.</summary>
    public string Log { get; }

    private static string? Reason(Errno error, string log)
    {
        string summary = VerifierLog.Summary(log);

        // A refusal for lack of privilege is no finding of the verifier: libbpf's words about it are long and do not help.
        return summary.Length == 0 || error.Number == Errno.EPERM
            ? null : $"{error.Message}: {summary.Replace("\n", "; ", StringComparison.Ordinal)}";
    }
}
