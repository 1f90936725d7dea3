using System.Text;
using Skep.Bpf.Interop;
using Skep.Linux.Errors;
using Skep.Linux.Interop;

namespace Skep.Bpf;

/// <summary>What the kernel says of a BTF object (<c>struct bpf_btf_info</c>).</summary>
/// <param name="Id">The kernel's id, unique among live BTF objects.</param>
/// <param name="Size">Bytes of the raw BTF.</param>
/// <param name="Name"><c>vmlinux</c>, a module's name, or empty.</param>
/// <param name="IsKernel">Whether it is the kernel's own or a module's.</param>
public sealed record BpfBtfInfo(uint Id, uint Size, string Name, bool IsKernel);

/// <summary>A BTF object that the kernel holds.</summary>
public sealed unsafe partial class BpfBtf : BpfHandle
{
    private const int NameCapacity = 256, LogSize = 1 << 20;

    internal BpfBtf(int fd)
        : base(fd)
    {
    }

    /// <summary>Opens a live BTF object by id. Needs CAP_SYS_ADMIN.</summary>
    /// <exception cref="BpfException">No such BTF object, or not permitted.</exception>
    public static BpfBtf OpenById(uint id) =>
        TryOpenById(id, out Errno error) ?? throw KernelObjects.CannotOpen("BTF object", "btf", id, error);

    /// <summary>Opens a live BTF object by id.</summary>
    /// <returns>Null, with the error, when it is gone (<c>ENOENT</c>) or not permitted.</returns>
    public static BpfBtf? TryOpenById(uint id, out Errno error)
    {
        int fd = KernelObjects.FdById(BpfCommand.BtfGetFdById, id);
        error = new Errno(fd < 0 ? -fd : 0);
        return fd < 0 ? null : new BpfBtf(fd);
    }

    /// <summary>Loads BTF into the kernel, which checks it.</summary>
    /// <param name="raw">The whole of it: header, types, strings.</param>
    /// <exception cref="BpfLoadException">The kernel refused it; the exception has its log.</exception>
    public static BpfBtf Load(ReadOnlySpan<byte> raw)
    {
        fixed (byte* bytes = raw)
        {
            var attr = new BtfLoadAttr { btf = bytes, btf_size = (uint)raw.Length };
            int result = BpfSyscall.Call(BpfCommand.BtfLoad, ref attr);
            if (result >= 0) return new BpfBtf(result);
            var log = new byte[LogSize];
            fixed (byte* buffer = log)
            {
                attr.btf_log_buf = buffer;
                attr.btf_log_size = LogSize;
                attr.btf_log_level = 1;
                result = BpfSyscall.Call(BpfCommand.BtfLoad, ref attr);
            }

            if (result >= 0) return new BpfBtf(result);
            int end = log.AsSpan().IndexOf((byte)0);
            throw new BpfLoadException(
                $"load BTF of {raw.Length} bytes", new Errno(-result), Encoding.UTF8.GetString(log, 0, end < 0 ? log.Length : end));
        }
    }

    /// <summary>Reads what the kernel says of it.</summary>
    public BpfBtfInfo GetInfo()
    {
        bpf_btf_info raw = default;
        byte* name = stackalloc byte[NameCapacity];
        name[0] = 0;
        raw.name = name;
        raw.name_len = NameCapacity;
        Fill(ref raw);
        var bytes = new ReadOnlySpan<byte>(name, NameCapacity);
        int end = bytes.IndexOf((byte)0);
        return new BpfBtfInfo(raw.id, raw.btf_size, Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]), raw.kernel_btf != 0);
    }

    /// <summary>Copies the raw BTF out: for a module, split BTF upon the kernel's.</summary>
    public byte[] GetRaw()
    {
        bpf_btf_info raw = default;
        Fill(ref raw);
        var bytes = new byte[raw.btf_size];
        fixed (byte* buffer = bytes)
        {
            raw = default;
            raw.btf = buffer;
            raw.btf_size = (uint)bytes.Length;
            Fill(ref raw);
        }

        return bytes;
    }

    private void Fill(ref bpf_btf_info raw)
    {
        using FdUse use = Use();
        int result = KernelObjects.Info(use.Number, ref raw);
        if (result < 0) throw new BpfException("read the information of a BTF object", new Errno(-result));
    }
}
