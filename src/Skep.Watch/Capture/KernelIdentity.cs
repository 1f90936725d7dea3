using Skep.Bpf;
using Skep.Isa;
using Skep.Linux.Errors;

namespace Skep.Watch.Capture;

/// <summary>What this process is to the kernel, and how the kernel computes tags: asked with a program of a few instructions.</summary>
internal static class KernelIdentity
{
    /// <summary>This process's id in the first PID namespace, which the kernel side compares; its own where that cannot be asked.</summary>
    public static uint ProcessId()
    {
        ulong[] code = Raw(new Assembler().Call(14).Rsh(Register.R0, 32).Exit());
        try
        {
            using BpfProgram program = BpfProgram.Load(BpfProgramType.RawTracepoint, code, new ProgramLoadOptions { Name = "skep_whoami" });
            return program.Run(new BpfRun { Repeat = 0 }).ReturnValue;
        }
        catch (KernelException)
        {
            // Raw tracepoints can be run since Linux 5.10.
            return (uint)Environment.ProcessId;
        }
    }

    /// <summary>Whether the kernel's tag of a program is one that <see cref="ProgramTag"/> knows to compute.</summary>
    public static bool TagsAreKnown()
    {
        Instruction[] code = new Assembler().Mov(Register.R0, 0).Exit().Build();
        var options = new ProgramLoadOptions { Name = "skep_tag" };
        using BpfProgram program = BpfProgram.Load(BpfProgramType.SocketFilter, Array.ConvertAll(code, i => i.Raw), options);
        string tag = program.GetInfo().Tag;
        return tag == ProgramTag.Text(ProgramTag.Compute(code, TagHash.Sha256))
            || tag == ProgramTag.Text(ProgramTag.Compute(code, TagHash.Sha1));
    }

    private static ulong[] Raw(Assembler assembler) => Array.ConvertAll(assembler.Build(), i => i.Raw);
}
