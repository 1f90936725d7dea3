using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Skep.Isa.Tests.Oracles;

/// <summary>A program in the running kernel, loaded by a small C program that stays until disposal.</summary>
internal sealed class LoadedProgram : IDisposable
{
    private readonly Scratch _scratch = new();
    private readonly Process _loader;

    public LoadedProgram(ReadOnlySpan<Instruction> program, int type = 1)
    {
        Requires.Root();
        _loader = Tool.Start(CProgram.Path("load.c"), type.ToString(), _scratch.File("log"));
        _loader.StandardInput.BaseStream.Write(MemoryMarshal.AsBytes(program));
        _loader.StandardInput.Close();
        var answer = _loader.StandardOutput.ReadLine();
        if (answer is null)
        {
            var error = _loader.StandardError.ReadToEnd();
            Dispose();
            Assert.Fail(error);
        }

        var words = answer.Split(' ');
        (Id, Tag, MapId) = (words[0], words[1], uint.Parse(words[2]));
    }

    public string Id { get; }

    public string Tag { get; }

    public uint MapId { get; }

    /// <summary>The verifier's log at level 2: every instruction that it walks, and the state after it.</summary>
    public string VerifierLog => File.ReadAllText(_scratch.File("log"));

    /// <summary>Translated instructions, as the kernel gives them out.</summary>
    public Instruction[] Translated()
    {
        var file = _scratch.File("xlated");
        Tool.Run("bpftool", "prog", "dump", "xlated", "id", Id, "file", file);
        return Decoder.Slots(File.ReadAllBytes(file)).ToArray();
    }

    public void Dispose()
    {
        _loader.Kill();
        _loader.WaitForExit();
        _loader.Dispose();
        _scratch.Dispose();
    }
}
