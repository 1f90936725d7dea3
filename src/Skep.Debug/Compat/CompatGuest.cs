using System.Text;
using Skep.Debug.Verify;
using Skep.Inventory.Code;
using Skep.Inventory.Machine;
using Skep.Linux.Files;
using Skep.Linux.Guests;
using Skep.Linux.Kernel;

namespace Skep.Debug.Compat;

/// <summary>
/// Skep within a virtual machine: as its first process it verifies the programs of the object that it was given, answers on the second
/// serial line, and ends the machine.
/// </summary>
public static class CompatGuest
{
    // Below the root of the machine's file system.
    private const string Executable = "skep/skep", Object = "skep/object", Request = "skep/request", AnswerDevice = "dev/ttyS1";

    /// <summary>The permissions of files that are read only.</summary>
    internal const uint Readable = 0x1a4;

    /// <summary>The argument that has Skep be it.</summary>
    public const string Word = "compat-guest";

    /// <summary>Whether this process is the first of such a machine: nothing else may mount file systems, and end the machine.</summary>
    public static bool IsThis(string[] arguments) =>
        arguments is [Word] && Environment.ProcessId == 1 && KernelFile.Exists($"/{Request}");

    /// <summary>The end of the kernel's command line: after <c>--</c> it has the arguments of its first process.</summary>
    public static string CommandLine(IEnumerable<string> libraries) =>
        $"rdinit=/{Executable} LD_LIBRARY_PATH={string.Join(':', libraries.Select(Path.GetDirectoryName).Distinct())} -- {Word}";

    /// <summary>Writes the machine's file system.</summary>
    /// <param name="archive">Where to.</param>
    /// <param name="skep">This program.</param>
    /// <param name="libraries">What it is linked with, by path.</param>
    /// <param name="request">What is to be verified.</param>
    public static void WriteFiles(
        CpioArchive archive, byte[] skep, IReadOnlyDictionary<string, byte[]> libraries, CompatRequest request)
    {
        ArgumentNullException.ThrowIfNull(archive);
        ArgumentNullException.ThrowIfNull(libraries);
        ArgumentNullException.ThrowIfNull(request);
        const uint executable = 0x1ed;
        foreach (string directory in GuestInit.Directories) archive.AddDirectory(directory);

        // Documentation/admin-guide/devices.txt
        archive.AddDevice("dev/console", 5, 1);
        archive.AddDevice("dev/null", 1, 3);
        archive.AddDevice("dev/urandom", 1, 9);
        archive.AddDevice(AnswerDevice, 4, 65);
        foreach ((string path, byte[] content) in libraries) archive.AddFile(path.TrimStart('/'), content, executable);
        archive.AddFile(Executable, skep, executable);
        archive.AddFile(Object, request.Elf, Readable);
        archive.AddFile(Request, Encoding.UTF8.GetBytes($"{request.Name.ReplaceLineEndings("_")}\n{request.Only}\n"), Readable);
        archive.End();
    }

    /// <summary>Does it; does not return.</summary>
    public static void Run()
    {
        GuestInit.Mount();
        try
        {
            Answer(GuestAnswer.Begin(KernelFile.Text("/proc/sys/kernel/osrelease").Value ?? ""));
            Verify();
        }
        catch (Exception e)
        {
            Answer(GuestAnswer.Failed(e.Message));
        }

        Answer(GuestAnswer.Ended);
        GuestInit.Reboot();
    }

    private static void Verify()
    {
        string[] lines = KernelFile.Lines($"/{Request}").Value ?? [];
        byte[] elf = InputFile.ReadBytes($"/{Object}", InputLimit.Code);
        TargetKernel kernel = new MachineSnapshot().Kernel;
        IReadOnlyList<ProgramCode> codes = CodeFileReader.Read(lines[0], elf, kernel);
        foreach (Verification one in ObjectVerifier.Verify(elf, lines[0], codes, lines[1].Length > 0 ? lines[1] : null))
            Answer(GuestAnswer.Of(one));
    }

    private static void Answer(string text) => GuestInit.Write($"/{AnswerDevice}", Encoding.UTF8.GetBytes(text));
}
