using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Inventory.Code;
using Skep.Isa;
using Skep.Linux.Errors;

namespace Skep.Debug.Verify;

/// <summary>Has the kernel verify instructions that were captured; nothing is attached, and nothing stays loaded.</summary>
public static class CodeVerifier
{
    private const uint StepsAndStates = 2, Statistics = 4;

    /// <summary>Verifies a program.</summary>
    /// <param name="code">Its instructions as they were loaded.</param>
    /// <param name="maps">The maps that it refers to, in the order in which it first does.</param>
    /// <exception cref="InvalidDataException">Its type or its maps are not known.</exception>
    public static Verification Verify(ProgramCode code, IReadOnlyList<BpfMap> maps)
    {
        ArgumentNullException.ThrowIfNull(code);
        string name = code.Name ?? "the program";
        if (code.Type is not { } type)
            throw new InvalidDataException($"verify {name}: its type is not known (what skep watch --save keeps beside it has it)");
        if (maps.Count != code.Maps.Count)
            throw new InvalidDataException(
                $"verify {name}: its code refers to {code.Maps.Count} maps, and {maps.Count} of them are known (verify it by id while "
                + "it is loaded, or its object file)");
        var options = new ProgramLoadOptions
        {
            Name = code.Name ?? "",
            License = code.GplCompatible == false ? "Proprietary" : "GPL",
            ExpectedAttachType = code.ExpectedAttachType ?? default,
            AttachBtfId = TargetId(code),
            Maps = maps,
            LogLevel = StepsAndStates | Statistics,
        };
        ulong[] instructions = WithIndexes(code);
        try
        {
            using var loaded = BpfProgram.Load(type, instructions, options, out string log);
            VerifierLog read = VerifierLogReader.Read(log);
            return Of(code, type, null, read, log) with
            {
                Functions = WalkCosts.OfFunctions(read, code),
                Loops = WalkCosts.OfLoops(read, code),
            };
        }
        catch (BpfLoadException refused)
        {
            return Of(code, type, refused.Error, VerifierLogReader.Read(refused.Log), refused.Log);
        }
    }

    private static Verification Of(ProgramCode code, BpfProgramType type, Errno? error, VerifierLog log, string text) => new()
    {
        Program = code.Name,
        Type = type.Name(),
        Insns = code.Instructions.Length,
        Accepted = error is null,
        Error = error,
        Counts = log.Counts,
        Diagnosis = error is null ? null : log.Messages.Count > 0
            ? LogDiagnoser.Diagnose(log, code)
            : MissingFeature.OfProgram(LogDiagnoser.OfError(error.Value), error.Value, type, code.ExpectedAttachType ?? default),
        Log = text,
        Code = code,
    };

    // Maps by their place in the list; in the code are descriptors of the process that loaded it.
    private static ulong[] WithIndexes(ProgramCode code)
    {
        ulong[] words = MemoryMarshal.Cast<byte, ulong>(code.Bytes.Span).ToArray();
        foreach ((int slot, int map) in code.MapOfSlot)
        {
            Instruction first = code.Instructions[slot];
            byte source = first.Src is WideSource.MapValue or WideSource.MapIndexValue ? WideSource.MapIndexValue : WideSource.MapIndex;
            var bytes = new byte[Instruction.Size];
            new Instruction(first.Code, first.Dst, source, first.Off, map).Write(bytes);
            words[slot] = BitConverter.ToUInt64(bytes);
        }

        return words;
    }

    private static uint TargetId(ProgramCode code)
    {
        if (code.Target is not { } target || code.Kernel.Btf is not { } btf) return 0;
        return btf.TryFind(target, BtfKind.Func, out BtfType function) ? function.Id
            : btf.TryFind(target, BtfKind.Typedef, out BtfType tracepoint) ? tracepoint.Id : 0;
    }
}
