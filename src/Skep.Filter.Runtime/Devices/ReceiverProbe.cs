using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Isa;
using Skep.Linux.Errors;

namespace Skep.Filter.Runtime.Devices;

/// <summary>Finds out whether a program can read the present address of the device that a packet came in by.</summary>
internal static class ReceiverProbe
{
    /// <summary>Where the address is.</summary>
    /// <returns>Null when programs may not read it: there is no BTF, or lockdown=confidentiality.</returns>
    internal static ReceiverLayout? Find(KernelTypes kernel)
    {
        if (FindLayout(kernel) is not { } layout) return null;
        return layout.Cast != 0 && MayRead(layout) ? layout : layout with { Cast = 0 } is var steps && MayRead(steps) ? steps : null;
    }

    private static ReceiverLayout? FindLayout(KernelTypes kernel)
    {
        if (ContextLayout.Offset(kernel, "xdp_buff", "rxq") is not { } queue
            || ContextLayout.Offset(kernel, "xdp_rxq_info", "dev") is not { } device
            || ContextLayout.Offset(kernel, "net_device", "dev_addr") is not { } address) return null;
        var layout = new ReceiverLayout(queue, device, address);
        var isNear = Math.Max(queue, Math.Max(device, address)) <= short.MaxValue;
        return isNear ? layout with { Cast = ContextLayout.Cast(kernel) } : layout;
    }

    private static bool MayRead(ReceiverLayout layout)
    {
        var code = new Assembler().Mov(Registers.Context, Register.R1);
        PresentAddress.Emit(code, layout, scratch: -8);
        return ContextLayout.Loads(code.Mov(Register.R0, XdpAction.Pass).Exit());
    }
}
