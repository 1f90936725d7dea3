using Skep.Bpf;
using Skep.Linux.Errors;

namespace Skep.Debug.Trace;

/// <summary>Why the kernel lets a function not be traced, in words.</summary>
internal static class TraceErrors
{
    /// <summary>What is thrown in place of the kernel's refusal: with what can be done.</summary>
    public static Exception Of(KernelException refusal, TraceTarget target)
    {
        string what = TraceTarget.Describe(target.Program), others = TraceTarget.Others(target.Program);
        string words = refusal is BpfLoadException { Log: { } log } ? log : "";
        string trace = target.Helper is { } helper ? $"trace {helper} of {what}" : $"trace {what}";
        if (Has("unknown func bpf_get_func_arg"))
            return new NotSupportedException($"{trace}: this kernel gives no arguments to tracing programs: Linux 5.17 does ({others})");
        switch (refusal.Error.Name)
        {
            case "EPERM" or "EACCES" when ProcessCapabilities.Read().CanTrace:
                return new NotSupportedException(
                    $"{trace}: the kernel refuses trampolines, which fentry and fexit are ({refusal.Error.Name}; {others})");
            case "ENOTSUPP" or "EOPNOTSUPP":
                return new NotSupportedException($"{trace}: this kernel has no trampolines for it ({refusal.Error.Name}; {others})");
            case "EBUSY" when target.Helper is null:
                return new InvalidDataException(
                    $"{trace}: an extension (freplace) is in the place of {target.Name}, and the kernel does not trace a function that was "
                    + "replaced (trace the extension: skep link list names it)");
            case "E2BIG":
                return new InvalidDataException(
                    $"{trace}: so many programs are attached to {target.Name} that the kernel takes no more (end another trace)");
        }

        // Its type is that of what traces: before Linux 6.8 none of them, since then one upon the other only.
        if (target.Helper is null && (Has("Cannot recursively attach") || Has("Cannot nest tracing") || Has("Cannot extend")
            || target.Program.Type is BpfProgramType.Ext))
            return new InvalidDataException(
                $"{trace}: it is itself attached by a trampoline (fentry, fexit, freplace), and the kernel does not trace such a program "
                + $"({others})");
        if (Has("Can attach to only JITed progs"))
            return new NotSupportedException($"{trace}: it is interpreted, and trampolines lead to machine code only (sysctl "
                + "net.core.bpf_jit_enable=1, and load it again)");
        return refusal;

        bool Has(string part) => words.Contains(part, StringComparison.Ordinal);
    }
}
