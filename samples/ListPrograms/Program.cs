// Lists the BPF programs of this machine, as `bpftool prog list` does. Needs root.
// Published with -p:PublishAot=true it is one native binary; with -p:LibbpfDirectory=DIRECTORY libbpf is linked into it.
using Skep.Bpf;
using Skep.Linux.Errors;

foreach (uint id in KernelObjects.ProgramIds())
{
    // A handle keeps the program loaded, so close it soon. Null: the program was unloaded after its id was listed.
    using BpfProgram? program = BpfProgram.TryOpenById(id, out Errno error);
    if (program is null)
    {
        if (error.Number != Errno.ENOENT) Console.Error.WriteLine($"{id}: {error}");
        continue;
    }

    BpfProgramInfo info = program.GetInfo();
    Console.WriteLine($"{info.Id}: {info.Type.Name()}  name {info.Name}  tag {info.Tag}  maps {string.Join(',', program.GetMapIds())}");
}
