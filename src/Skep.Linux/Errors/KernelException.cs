namespace Skep.Linux.Errors;

/// <summary>
/// An operation that the kernel refused. The message says what was being done, to what, why it failed, and the remedy in parentheses.
/// </summary>
public class KernelException : Exception
{
    /// <param name="operation">What was being done, and to what: <c>look up map 12</c>.</param>
    /// <param name="error">The kernel's error number; 0 where the kernel was not asked.</param>
    /// <param name="remedy">What to do; null for the default.</param>
    /// <param name="reason">Why it failed, where the error number does not say it.</param>
    public KernelException(string operation, Errno error, string? remedy = null, string? reason = null)
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
