using Skep.Bpf;
using Skep.Debug.Objects;

namespace Skep.Debug.Replay;

/// <summary>One program of an object file, loaded with its maps; nothing of it stays after this is disposed.</summary>
public sealed class ObjectProgram : IDisposable
{
    private readonly BpfObject _object;

    private ObjectProgram(BpfObject opened, BpfObjectProgram program)
    {
        _object = opened;
        AttachType = program.ExpectedAttachType;
        Program = program.Open();
    }

    /// <summary>The program.</summary>
    public BpfProgram Program { get; }

    /// <summary>Where it expects to be attached.</summary>
    public BpfAttachType AttachType { get; }

    /// <summary>Loads a program.</summary>
    /// <param name="elf">The object file.</param>
    /// <param name="name">Its name.</param>
    /// <param name="program">The program, as <see cref="ProgramChoice"/> takes it; null where there is one only.</param>
    /// <exception cref="BpfLoadException">The kernel or libbpf refused it.</exception>
    /// <exception cref="InvalidDataException">There is no such program, or none is named of several.</exception>
    public static ObjectProgram Load(byte[] elf, string name, string? program)
    {
        try
        {
            return Load(elf, name, program, (opened, wanted) => opened.LoadOnly(wanted));
        }
        catch (BpfLoadException alone) when (alone.Log.Contains("failed to initialize slot", StringComparison.Ordinal))
        {
            return Load(elf, name, program, (opened, wanted) => opened.LoadWithCalled(wanted));
        }
    }

    private static ObjectProgram Load(byte[] elf, string name, string? program, Action<BpfObject, BpfObjectProgram> load)
    {
        var opened = BpfObject.Open(elf, name);
        try
        {
            BpfObjectProgram wanted = Choose(opened, name, program);
            load(opened, wanted);
            return new ObjectProgram(opened, wanted);
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Program.Dispose();
        _object.Dispose();
    }

    private static BpfObjectProgram Choose(BpfObject opened, string name, string? program) =>
        ProgramChoice.TryFind([.. opened.Programs.Select(ProgramName.Of)], program, out int index, out string? mistake)
            ? opened.Programs[index] : throw new InvalidDataException($"replay {name}: {mistake}");
}
