using Skep.Linux.Errors;

namespace Skep.Bpf;

/// <summary>
/// A BPF operation that failed. The message says what was being done, to what, why it failed, and the remedy in parentheses.
/// </summary>
public class BpfException : KernelException
{
    internal BpfException(string operation, Errno error, string? remedy = null, string? reason = null)
        : base(operation, error, remedy, reason)
    {
    }
}
