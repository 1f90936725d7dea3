using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Model;
using Skep.Isa;
using Skep.Linux.Errors;

namespace Skep.Filter.Runtime.Devices;

/// <summary>Finds out whether a program can read the present address of the device that a packet came in by.</summary>
internal static class ReceiverProbe
{
    /// <summary>Where the address is, for a table that forwards.</summary>
    /// <returns>Null when no rule needs it, or when programs may not read it: there is no BTF, or lockdown=confidentiality.</returns>
    internal static ReceiverLayout? Find(Table table) =>
        table.Rules.Any(r => r.Verdict.Kind == VerdictKind.RedirectFib) ? Find() : null;

    internal static ReceiverLayout? Find()
    {
        if (FindLayout() is not { } layout) return null;
        return layout.Cast != 0 && MayRead(layout) ? layout : layout with { Cast = 0 } is var steps && MayRead(steps) ? steps : null;
    }

    private static ReceiverLayout? FindLayout()
    {
        try
        {
            var kernel = Btf.LoadKernel();
            if (Offset(kernel, "xdp_buff", "rxq") is not { } queue || Offset(kernel, "xdp_rxq_info", "dev") is not { } device
                || Offset(kernel, "net_device", "dev_addr") is not { } address) return null;
            var layout = new ReceiverLayout(queue, device, address);
            var isNear = Math.Max(queue, Math.Max(device, address)) <= short.MaxValue;
            return isNear && kernel.TryFind("bpf_cast_to_kern_ctx", BtfKind.Func, out var cast)
                ? layout with { Cast = (int)cast.Id } : layout;
        }
        catch (KernelException)
        {
            return null;
        }
    }

    private static int? Offset(Btf kernel, string type, string member) =>
        kernel.TryFind(type, BtfKind.Struct, out var found)
            && found.GetMembers().FirstOrDefault(m => m.Name == member) is { Name: not null } field ? (int)(field.BitOffset / 8) : null;

    private static bool MayRead(ReceiverLayout layout)
    {
        var code = new Assembler().Mov(Registers.Context, Register.R1);
        PresentAddress.Emit(code, layout, scratch: -8);
        code.Mov(Register.R0, XdpAction.Pass).Exit();
        try
        {
            BpfProgram.Load(BpfProgramType.Xdp, MemoryMarshal.Cast<Instruction, ulong>(code.Build()),
                new ProgramLoadOptions { Name = "skep_probe" }).Dispose();
            return true;
        }
        catch (KernelException e) when (e.Error.Name is "EINVAL" or "EACCES" or "EPERM" or "ENOENT" or "EFAULT")
        {
            return false;
        }
    }
}
