using Skep.Bpf.Interop;

namespace Skep.Bpf;

public sealed unsafe partial class BpfProgram
{
    /// <summary>The source lines of the translated code, in its order; the strings are in the program's BTF. Empty without BTF.</summary>
    public BpfLine[] GetLines() => ReadRecords<BpfLine>(
        static (ref bpf_prog_info raw) => raw.nr_line_info,
        static (ref bpf_prog_info raw) => raw.line_info_rec_size,
        static (ref bpf_prog_info raw, uint count, uint stride, void* buffer) =>
        {
            raw.nr_line_info = count;
            raw.line_info_rec_size = stride; raw.line_info = buffer;
        });

    /// <summary>
    /// The kernel address of the machine code of each line of <see cref="GetLines"/>. Empty where it is interpreted, zeros where addresses
    /// are hidden.
    /// </summary>
    public ulong[] GetJitedLines() => Read<ulong>(
        static (ref bpf_prog_info raw) => raw.jited_line_info_rec_size == sizeof(ulong) ? raw.nr_jited_line_info : 0,
        static (ref bpf_prog_info raw, uint count, void* buffer) =>
        {
            raw.nr_jited_line_info = count;
            raw.jited_line_info_rec_size = sizeof(ulong); raw.jited_line_info = (ulong*)buffer;
        });
}
