namespace Skep.Bpf;

/// <summary>
/// A BPF operation that failed. The message says what was being done, to what, why it failed, and the remedy in parentheses.
/// </summary>
public class BpfException : Exception
{
    internal BpfException(string operation, Errno error, string? remedy = null, string? reason = null)
        : base(Compose(operation, error, remedy ?? RemedyFor(error), reason))
    {
        Operation = operation;
        Error = error;
    }

    /// <summary>What was being done, and to what: <c>look up map 12</c>.</summary>
    public string Operation { get; }

    /// <summary>The kernel's error number; 0 where the kernel was not asked.</summary>
    public Errno Error { get; }

    private static string Compose(string operation, Errno error, string? remedy, string? reason)
    {
        string cause = (reason, error.Number) switch
        {
            (null, _) => error.ToString(),
            (_, 0) => reason,
            _ => $"{reason} ({error.Name})",
        };
        return remedy is null ? $"{operation}: {cause}" : $"{operation}: {cause} ({remedy})";
    }

    // To a process that has the capabilities, these numbers say something else: a frozen map, a lockdown, the verifier's refusal.
    private static string? RemedyFor(Errno error) =>
        error.Number is Errno.EPERM or Errno.EACCES && !ProcessCapabilities.Read().CanUseBpf
            ? "run as root, or with CAP_BPF and the capability of the subsystem" : null;
}
