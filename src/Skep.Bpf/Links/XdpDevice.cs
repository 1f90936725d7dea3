using System.Runtime.InteropServices;
using Skep.Bpf.Interop;
using Skep.Linux.Errors;
using Skep.Linux.Interop;

namespace Skep.Bpf;

/// <summary>A network device of this thread's network namespace, and the XDP program on it.</summary>
public static unsafe partial class XdpDevice
{
    // XDP_FLAGS_UPDATE_IF_NOEXIST of include/uapi/linux/if_link.h.
    private const uint IfNoneIsThere = 1;

    static XdpDevice() => BpfLibraries.Register();

    /// <summary>Whether there is a device of a name, or of an alternative name, in this network namespace.</summary>
    /// <param name="name">The name.</param>
    public static bool Exists(string name) => if_nametoindex(name) != 0;

    /// <summary>Finds the index of a device, also by an alternative name (<c>ip link property</c>).</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="BpfException">There is none of that name.</exception>
    public static uint IndexOf(string name)
    {
        uint index = if_nametoindex(name);
        if (index == 0)
            throw new BpfException($"find device {name}", new Errno(Marshal.GetLastPInvokeError()),
                "ip link shows the devices of this network namespace");
        return index;
    }

    /// <summary>Finds the index of a device that need not be there.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>0 when there is none of that name.</returns>
    public static uint FindIndex(string name) => if_nametoindex(name);

    /// <summary>Asks which XDP program runs on a device, in the driver or in the network core.</summary>
    /// <param name="index">The device.</param>
    /// <returns>Its id, or 0.</returns>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public static uint QueryProgramId(uint index)
    {
        uint id = 0;
        int result = bpf_xdp_query_id((int)index, 0, &id);
        return result >= 0 ? id : throw new BpfException($"ask which XDP program is on device {index}", new Errno(-result));
    }

    /// <summary>Attaches a program without a link, where none is: it stays until somebody takes it off.</summary>
    /// <param name="program">The program.</param>
    /// <param name="index">The device.</param>
    /// <param name="mode">How it is to run.</param>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public static void Attach(BpfProgram program, uint index, XdpMode mode)
    {
        ArgumentNullException.ThrowIfNull(program);
        using FdUse use = program.Use();
        int result = bpf_xdp_attach((int)index, use.Number, (uint)mode | IfNoneIsThere, null);
        if (result < 0) throw new BpfException($"attach {program} to device {index}", new Errno(-result));
    }

    /// <summary>Detaches an XDP program that was attached without a link.</summary>
    /// <param name="program">The program; another one stays.</param>
    /// <param name="index">The device.</param>
    /// <param name="mode">How it runs there: a device keeps a program for each mode.</param>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public static void Detach(BpfProgram program, uint index, XdpMode mode)
    {
        ArgumentNullException.ThrowIfNull(program);
        using FdUse use = program.Use();
        XdpAttachOptions options = new() { Size = (nuint)sizeof(XdpAttachOptions), OldProgram = use.Number };
        int result = bpf_xdp_detach((int)index, (uint)mode, &options);
        if (result < 0) throw new BpfException($"detach {program} from device {index}", new Errno(-result));
    }

    /// <summary>
    /// Asks why the kernel refuses a program on a device, in words of the driver: a link's error is a number only, so this tries once
    /// more by netlink, whose answer carries them.
    /// </summary>
    /// <param name="program">The program.</param>
    /// <param name="index">The device.</param>
    /// <param name="mode">How it was to run.</param>
    /// <returns>Null when the kernel says nothing.</returns>
    public static string? ReasonOfRefusal(BpfProgram program, uint index, XdpMode mode)
    {
        ArgumentNullException.ThrowIfNull(program);
        using FdUse use = program.Use();
        using LibbpfLog log = LibbpfLog.Begin();
        uint flags = (uint)mode | IfNoneIsThere;
        if (bpf_xdp_attach((int)index, use.Number, flags, null) >= 0)
        {
            _ = bpf_xdp_detach((int)index, (uint)mode, null);
            return null;
        }

        // libbpf: Kernel error message: Underlying driver does not support XDP in native mode
        const string before = "Kernel error message: ";
        int at = log.Text.IndexOf(before, StringComparison.Ordinal);
        return at < 0 ? null : log.Text[(at + before.Length)..].Split('\n')[0].Trim();
    }

    // struct bpf_xdp_attach_opts of bpf/libbpf.h
    [StructLayout(LayoutKind.Sequential)]
    private struct XdpAttachOptions
    {
        internal nuint Size;
        internal int OldProgram;
    }

    // https://man7.org/linux/man-pages/man3/if_nametoindex.3.html
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial uint if_nametoindex(string ifname);

    // bpf/libbpf.h
    [LibraryImport("bpf")]
    private static partial int bpf_xdp_query_id(int ifindex, int flags, uint* prog_id);

    [LibraryImport("bpf")]
    private static partial int bpf_xdp_attach(int ifindex, int prog_fd, uint flags, void* opts);

    [LibraryImport("bpf")]
    private static partial int bpf_xdp_detach(int ifindex, uint flags, void* opts);
}
