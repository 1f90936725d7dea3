using Skep.Linux.Errors;

namespace Skep.Bpf;

/// <summary>The running kernel does not know an operation, a type or a flag that was asked for.</summary>
public sealed class NotSupportedByKernelException : BpfException
{
    internal NotSupportedByKernelException(string operation, Errno error, string feature, string needs)
        : base(operation, error, $"use a kernel that has it: {needs}", $"this kernel does not support {feature}")
    {
        Feature = feature;
        Needs = needs;
    }

    /// <summary>What is missing: <c>tcx links</c>.</summary>
    public string Feature { get; }

    /// <summary>The kernel that has it: <c>Linux 6.6 or later</c>.</summary>
    public string Needs { get; }
}
