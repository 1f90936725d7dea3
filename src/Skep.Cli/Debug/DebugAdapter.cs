using Skep.Cli.Common;
using Skep.Debug.Dap;
using Skep.Debug.Debugger;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Live;
using Skep.Debug.Machine.State;
using Skep.Linux.Files;

namespace Skep.Cli.Debug;

/// <summary><c>skep debug --dap</c>: programs that an editor names.</summary>
internal static class DebugAdapter
{
    /// <summary>Serves the editor until it ends.</summary>
    public static int Run()
    {
        using InputStream input = NamedInput.Open("-", InputLimit.Editor);
        using Stream output = StandardOutput.Open();
        return new DapServer(input, output, Launch).Run();
    }

    private static DebugTarget Launch(DapLaunch launch)
    {
        // Standard input is the editor's.
        if (new[] { launch.Program, launch.Pcap, launch.Ctx }.Contains("-")) throw new InvalidDataException("launch: - is no file");
        DebugTarget target = DebugTargets.Choose([launch.Program], launch.Prog, null, out string? mistake)
            ?? throw new InvalidDataException(mistake);
        return target with
        {
            Input = new MachineInput
            {
                Packet = Packet(launch),
                Context = launch.Ctx is { } context ? InputFile.ReadBytes(context, InputLimit.Context) : [],
            },
            Options = new MachineOptions { Seed = launch.Seed ?? 1, Kernel = launch.AskKernel ? new KernelLookup() : null },
        };
    }

    private static byte[] Packet(DapLaunch launch) =>
        PacketInput.TryReadOne(launch.Packet, launch.Pcap, launch.Number, out byte[] packet, out string? mistake)
            ? packet : throw new InvalidDataException(mistake);
}
