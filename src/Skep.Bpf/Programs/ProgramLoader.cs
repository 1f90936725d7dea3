using System.Text;
using Skep.Bpf.Interop;
using Skep.Linux.Errors;

namespace Skep.Bpf;

/// <summary>
/// BPF_PROG_LOAD: without a log first, because a log makes the verifier slow; on failure again with one that is large enough.
/// </summary>
internal static unsafe class ProgramLoader
{
    private const int FunctionInfoSize = 8, LineInfoSize = 16;
    private const int FirstLogSize = 1 << 16;

    // kernel/bpf/log.c, bpf_verifier_log_attr_valid: at most UINT_MAX >> 2; an array here holds less than 2^31.
    private const int LargestLogSize = (1 << 30) - 1;
    private const uint BriefLog = 1;

    // lddw's source register (include/uapi/linux/bpf.h).
    private const int PseudoMapFd = 1, PseudoMapValue = 2, PseudoMapIndex = 5, PseudoMapIndexValue = 6;
    private const byte LoadWide = 0x18;

    internal static BpfProgram Load(BpfProgramType type, ReadOnlySpan<ulong> instructions, ProgramLoadOptions options, out string log)
    {
        using var descriptors = new DescriptorList(options);
        ulong[]? patched = options.Maps.Count == 0 ? null : PutMaps(instructions, options, descriptors);
        ReadOnlySpan<ulong> code = patched ?? instructions;
        byte[] license = Encoding.UTF8.GetBytes(options.License + '\0');
        int[] array = descriptors.FdArray;
        fixed (ulong* c = code)
        fixed (byte* l = license, functions = options.FunctionInfo.Span, lines = options.LineInfo.Span)
        fixed (int* fds = array)
        {
            var attr = new ProgLoadAttr
            {
                prog_type = (uint)type,
                insn_cnt = (uint)code.Length,
                insns = c,
                license = l,
                prog_flags = (uint)options.Flags,
                prog_name = ObjectName.From(options.Name),
                prog_ifindex = options.IfIndex,
                expected_attach_type = (uint)options.ExpectedAttachType,
                attach_btf_id = options.AttachBtfId,
                fd_array = fds,
            };
            if (options.AttachTarget is not null) attr.attach_prog_fd = (uint)descriptors.AttachTarget;
            if (options.Btf is not null) attr.prog_btf_fd = (uint)descriptors.Btf;
            if (functions is not null)
            {
                attr.func_info = functions;
                attr.func_info_rec_size = FunctionInfoSize;
                attr.func_info_cnt = (uint)(options.FunctionInfo.Length / FunctionInfoSize);
            }

            if (lines is not null)
            {
                attr.line_info = lines;
                attr.line_info_rec_size = LineInfoSize;
                attr.line_info_cnt = (uint)(options.LineInfo.Length / LineInfoSize);
            }

            return Load(attr, options, out log);
        }
    }

    private static BpfProgram Load(ProgLoadAttr attr, ProgramLoadOptions options, out string log)
    {
        log = "";
        int result;
        if (options.LogLevel == 0)
        {
            result = Call(attr, 0, null, out _);
            if (result >= 0) return new BpfProgram(result);
        }

        result = CallWithLog(attr, options.LogLevel == 0 ? BriefLog : options.LogLevel, out log);
        if (result >= 0) return new BpfProgram(result);
        var type = (BpfProgramType)attr.prog_type;
        string what = $"load {type.Name()} program{(options.Name.Length == 0 ? "" : " " + options.Name)} of {attr.insn_cnt} instructions";
        if (result == -Errno.EINVAL && log.Length == 0 && KernelFeatures.Has(type) == Support.No)
            throw new NotSupportedByKernelException(what, new Errno(-result), $"programs of type {type.Name()}", FirstKernel.Of(type));
        throw new BpfLoadException(what, new Errno(-result), log);
    }

    private static int CallWithLog(ProgLoadAttr attr, uint level, out string log)
    {
        int size = FirstLogSize;
        while (true)
        {
            var buffer = new byte[size];
            int result = Call(attr, level, buffer, out uint needed);
            if (result == -Errno.ENOSPC && size < LargestLogSize)
            {
                // log_true_size (Linux 6.4) says how much; before that, try.
                size = (int)Math.Clamp(Math.Max(needed + 1L, size * 4L), size, LargestLogSize);
                continue;
            }

            int end = buffer.AsSpan().IndexOf((byte)0);
            log = Encoding.UTF8.GetString(buffer, 0, end < 0 ? buffer.Length : end);
            return result;
        }
    }

    private static int Call(ProgLoadAttr attr, uint level, byte[]? buffer, out uint needed)
    {
        int result;
        fixed (byte* b = buffer)
        {
            attr.log_level = level;
            attr.log_buf = b;
            attr.log_size = (uint)(buffer?.Length ?? 0);
            result = BpfSyscall.Call(BpfCommand.ProgLoad, ref attr);
            if (result == -Errno.EPERM && MemlockLimit.Raise()) result = BpfSyscall.Call(BpfCommand.ProgLoad, ref attr);
        }

        needed = attr.log_true_size;
        return result;
    }

    private static ulong[] PutMaps(ReadOnlySpan<ulong> instructions, ProgramLoadOptions options, DescriptorList descriptors)
    {
        ulong[] code = instructions.ToArray();
        for (int i = 0; i + 1 < code.Length; i++)
        {
            if ((byte)code[i] != LoadWide) continue;
            int source = (int)(code[i] >> 12 & 0xf);
            if (source is PseudoMapIndex or PseudoMapIndexValue)
            {
                int index = (int)(code[i] >> 32);
                if ((uint)index >= (uint)options.Maps.Count)
                    throw new ArgumentException($"instruction {i} asks for map {index}, but {options.Maps.Count} maps are given");
                ulong kind = source == PseudoMapIndex ? PseudoMapFd : (ulong)PseudoMapValue;
                code[i] = (code[i] & 0xffff_0fff) | kind << 12 | (ulong)(uint)descriptors.Map(index) << 32;
            }

            i++;
        }

        return code;
    }

    /// <summary>The descriptors that the call names, held open for its length.</summary>
    private sealed class DescriptorList : IDisposable
    {
        private readonly List<BpfHandle> _held = [];
        private readonly ProgramLoadOptions _options;

        internal DescriptorList(ProgramLoadOptions options)
        {
            _options = options;
            try
            {
                foreach (BpfMap map in options.Maps) Hold(map);
                FdArray = new int[options.FdArray.Count];
                for (int i = 0; i < FdArray.Length; i++) FdArray[i] = Hold(options.FdArray[i]);
                if (options.AttachTarget is { } target) AttachTarget = Hold(target);
                if (options.Btf is { } btf) Btf = Hold(btf);
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        internal int[] FdArray { get; } = [];

        internal int AttachTarget { get; }

        internal int Btf { get; }

        internal int Map(int index) => (int)_options.Maps[index].DangerousGetHandle();

        public void Dispose()
        {
            foreach (BpfHandle handle in _held) handle.DangerousRelease();
            _held.Clear();
        }

        private int Hold(BpfHandle handle)
        {
            bool added = false;
            handle.DangerousAddRef(ref added);
            _held.Add(handle);
            return (int)handle.DangerousGetHandle();
        }
    }
}
