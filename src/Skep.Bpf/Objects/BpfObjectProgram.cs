using System.Runtime.InteropServices;
using System.Text;
using Skep.Bpf.Elf;
using Skep.Bpf.Interop;
using Skep.Linux.Interop;

namespace Skep.Bpf;

/// <summary>A program of a <see cref="BpfObject"/>.</summary>
public sealed unsafe class BpfObjectProgram
{
    private readonly BpfObject _object;
    private readonly nint _program;
    private byte* _log;
    private int _logBytes;

    internal BpfObjectProgram(BpfObject owner, nint program)
    {
        _object = owner;
        _program = program;
        Name = Marshal.PtrToStringUTF8((nint)LibBpf.bpf_program__name(program)) ?? "";
        SectionName = Marshal.PtrToStringUTF8((nint)LibBpf.bpf_program__section_name(program)) ?? "";
    }

    /// <summary>The C function's name.</summary>
    public string Name { get; }

    /// <summary>The ELF section, which says the type and the target: <c>raw_tp/sys_enter</c>.</summary>
    public string SectionName { get; }

    /// <summary>The type.</summary>
    public BpfProgramType Type => (BpfProgramType)LibBpf.bpf_program__type(Live());

    /// <summary>Where it expects to be attached.</summary>
    public BpfAttachType ExpectedAttachType => (BpfAttachType)LibBpf.bpf_program__expected_attach_type(Live());

    /// <summary>Whether <see cref="BpfObject.Load"/> loads it. To be set before.</summary>
    public bool Autoload
    {
        get => LibBpf.bpf_program__autoload(Live()) != 0;
        set
        {
            int result = LibBpf.bpf_program__set_autoload(Live(), value ? (byte)1 : (byte)0);
            if (result < 0)
                throw new BpfException($"choose whether program {Name} is loaded", BpfObject.ErrnoOf(result), "do it before the load");
        }
    }

    /// <summary>
    /// Has the verifier write its log into memory of this size, whether it accepts the program or not; to be done before the load. A log
    /// that does not fit makes the load fail by ENOSPC.
    /// </summary>
    /// <param name="level">1 each instruction, 2 with states, 4 statistics only; they may be added.</param>
    /// <param name="bytes">The most that the log may take.</param>
    public void KeepLog(uint level, int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        nint program = Live();
        FreeLog();
        _log = (byte*)NativeMemory.AllocZeroed((nuint)bytes);
        _logBytes = bytes;
        int result = LibBpf.bpf_program__set_log_level(program, level);
        if (result >= 0) result = LibBpf.bpf_program__set_log_buf(program, _log, (nuint)bytes);
        if (result < 0) throw new BpfException($"keep the log of program {Name}", BpfObject.ErrnoOf(result), "do it before the load");
    }

    /// <summary>The log that <see cref="KeepLog"/> asked for; empty before the load, and when the kernel wrote none.</summary>
    public string Log => _log is null ? "" : Encoding.UTF8.GetString(new ReadOnlySpan<byte>(_log, LogLength()));

    /// <summary>The instructions as libbpf has them now: relocated after the load. 8 bytes each, in the machine's order.</summary>
    public ulong[] GetInstructions()
    {
        nint program = Live();
        return new ReadOnlySpan<ulong>(LibBpf.bpf_program__insns(program), (int)LibBpf.bpf_program__insn_cnt(program)).ToArray();
    }

    /// <summary>Names the kernel function that a tracing program is for, when its section does not. To be done before the load.</summary>
    /// <exception cref="BpfException">The kernel's BTF has no such function.</exception>
    public void SetAttachTarget(string function)
    {
        using LibbpfLog log = LibbpfLog.Begin();
        int result;
        fixed (byte* name = Encoding.UTF8.GetBytes(function + '\0'))
            result = LibBpf.bpf_program__set_attach_target(Live(), 0, name);
        if (result < 0) throw new BpfException($"set the target of program {Name} to {function}", BpfObject.ErrnoOf(result));
    }

    /// <summary>Names the function of a loaded program that a tracing program is for. To be done before the load.</summary>
    /// <param name="target">The program, with BTF of its functions.</param>
    /// <param name="function">The function's name there.</param>
    /// <exception cref="BpfLoadException">The program has no such function in its BTF; the log has libbpf's words.</exception>
    public void SetAttachTarget(BpfProgram target, string function)
    {
        ArgumentNullException.ThrowIfNull(target);
        using LibbpfLog log = LibbpfLog.Begin();
        using FdUse use = target.Use();
        int result;
        fixed (byte* name = Encoding.UTF8.GetBytes(function + '\0'))
            result = LibBpf.bpf_program__set_attach_target(Live(), use.Number, name);
        if (result < 0)
            throw new BpfLoadException($"set the target of program {Name} to {function} of {target}", BpfObject.ErrnoOf(result), log.Text);
    }

    /// <summary>A handle of the loaded program.</summary>
    /// <exception cref="InvalidOperationException">It is not loaded.</exception>
    public BpfProgram Open()
    {
        int fd = LibBpf.bpf_program__fd(Live());
        if (fd < 0) throw new InvalidOperationException($"program {Name} of BPF object {_object.Name} is not loaded");
        return new BpfProgram(BpfHandle.Duplicate(fd, $"program {Name}"));
    }

    /// <summary>Attaches the program where its section says.</summary>
    /// <exception cref="BpfLoadException">The kernel refused, or the section does not say where; the log has libbpf's words.</exception>
    public BpfLink Attach()
    {
        using LibbpfLog log = LibbpfLog.Begin();
        nint link = LibBpf.bpf_program__attach(Live());
        int error = Marshal.GetLastPInvokeError();
        if (link == 0) throw new BpfLoadException($"attach program {Name} ({SectionName})", BpfObject.ErrnoOf(error), log.Text);
        return new BpfLink(LibBpf.bpf_link__fd(link), link);
    }

    // Of a section that libbpf does not know.
    internal void NameType()
    {
        if (Type != BpfProgramType.Unspec || !BpfSectionName.TryParse(SectionName, out BpfSectionName section)) return;
        int result = LibBpf.bpf_program__set_type(Live(), (uint)section.Type);
        if (result >= 0) result = LibBpf.bpf_program__set_expected_attach_type(Live(), (uint)section.AttachType);
        if (result < 0) throw new BpfException($"set the type of program {Name}", BpfObject.ErrnoOf(result), "do it before the load");
    }

    internal void FreeLog()
    {
        NativeMemory.Free(_log);
        _log = null;
    }

    private int LogLength()
    {
        int end = new ReadOnlySpan<byte>(_log, _logBytes).IndexOf((byte)0);
        return end < 0 ? _logBytes : end;
    }

    private nint Live()
    {
        _object.ThrowIfClosed();
        return _program;
    }
}
