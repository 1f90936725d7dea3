using Skep.Inventory.Code;
using Skep.Inventory.Machine;

namespace Skep.Analysis.Tests.Support;

/// <summary>The programs of object files, as the analysis reads them.</summary>
internal static class BpfPrograms
{
    /// <summary>This machine, as the kernel does not change while the tests run.</summary>
    public static MachineSnapshot Machine { get; } = new();

    /// <summary>The programs of a source file.</summary>
    public static IReadOnlyList<ProgramCode> OfSource(string path, string cpu = "v3") =>
        CodeFileReader.Read(BpfSource.File(path, cpu), Machine.Kernel);

    /// <summary>The programs of a file's bytes.</summary>
    public static IReadOnlyList<ProgramCode> OfBytes(byte[] bytes)
    {
        using var scratch = new Scratch();
        File.WriteAllBytes(scratch.File("object"), bytes);
        return CodeFileReader.Read(scratch.File("object"), Machine.Kernel);
    }
}
