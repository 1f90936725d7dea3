using Skep.Bpf;
using Skep.Isa;
using Skep.Linux.Errors;
using Skep.Linux.Kernel;

namespace Skep.Watch.Capture;

/// <summary>Tries what each backend needs, before its programs are loaded: with one that does nothing.</summary>
internal static class BackendProbe
{
    // What the first two backends attach to; any function would do to learn whether the kernel permits it.
    private const string Target = "bpf_check";

    private const string KprobePmu = "/sys/bus/event_source/devices/kprobe/type";

    public static string? Trampolines(KernelTypes types)
    {
        try
        {
            Skep.Bpf.Btf btf = types.Require();
            if (!btf.TryFind(Target, BtfKind.Func, out BtfType function)) return $"the kernel's BTF has no function {Target}";
            var options = new ProgramLoadOptions
            {
                Name = "skep_probe", ExpectedAttachType = BpfAttachType.TraceFentry, AttachBtfId = function.Id,
            };
            using BpfProgram program = BpfProgram.Load(BpfProgramType.Tracing, ReturnZero(), options);
            using BpfLink link = BpfLink.AttachTracing(program, BpfAttachType.TraceFentry);
            return null;
        }
        catch (KernelException e)
        {
            return $"attaching to {Target} by fentry: {e.Error}";
        }
    }

    public static string? Kprobes() =>
        KernelFile.Exists(KprobePmu) ? null : $"the kernel is built without kprobes: {KprobePmu} is not there";

    /// <summary>Why trampolines are used last, where they are.</summary>
    public static string? WhyTrampolinesAreLast() => KernelSettings.IsPreemptible == true
        ? "used last: this kernel preempts programs of trampolines, and skips those of other calls on the same CPU meanwhile"
        : null;

    /// <summary>Whether programs of raw tracepoints are preempted: with SRCU, since Linux 7.0.</summary>
    public static bool RawTracepointsArePreempted() => KernelSettings.IsPreemptible != false && KernelSymbols.Has("tracepoint_srcu");

    public static string? Btf() => KernelSettings.HasBtf ? null : "the kernel has no BTF";

    private static ulong[] ReturnZero() => Array.ConvertAll(new Assembler().Mov(Register.R0, 0).Exit().Build(), i => i.Raw);
}
