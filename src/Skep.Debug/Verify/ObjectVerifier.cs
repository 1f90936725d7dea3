using Skep.Bpf;
using Skep.Debug.Objects;
using Skep.Inventory.Code;
using Skep.Linux.Errors;

namespace Skep.Debug.Verify;

/// <summary>Has the kernel verify the programs of an object file; nothing is attached, and nothing stays loaded.</summary>
public static class ObjectVerifier
{
    private const uint Steps = 1, StepsAndStates = 2, Statistics = 4;

    // A step takes some hundred bytes of log, with the states of level 2 more. At level 1 the kernel keeps the steps of the last path only.
    private const int BriefLog = 1 << 20, LogOfStep = 1024, LargestLog = 256 << 20;
    private const long MostSteps = LargestLog / LogOfStep;

    /// <summary>Verifies the programs, one after the other, each as if it were the only one.</summary>
    /// <param name="elf">The object file.</param>
    /// <param name="name">Its name.</param>
    /// <param name="programs">Its programs as they are read from the file, for names and source lines.</param>
    /// <param name="only">The one program to verify, as <see cref="ProgramChoice"/> takes it; null for all.</param>
    /// <exception cref="BpfLoadException">libbpf cannot open the file.</exception>
    /// <exception cref="InvalidDataException">It has no such program.</exception>
    public static IEnumerable<Verification> Verify(byte[] elf, string name, IReadOnlyList<ProgramCode> programs, string? only)
    {
        byte[] renamed = StructOpsSection.Known(elf, LibbpfVersion.Text);
        if (!ReferenceEquals(renamed, elf) && Opens(renamed, name)) elf = renamed;
        ProgramName[] all = Read(elf, name), known = [.. programs.Select(ProgramName.Of)];
        return Chosen(all, name, only).Select(index =>
        {
            int code = ProgramChoice.Counterpart(all, index, known);
            return Verify(new ProgramOfFile(elf, name, index, Text(all, index)), code < 0 ? null : programs[code]);
        });
    }

    /// <summary>The names of the programs that are meant; with the section where several have one name.</summary>
    /// <inheritdoc cref="Verify(byte[], string, IReadOnlyList{ProgramCode}, string)"/>
    public static IReadOnlyList<string> Names(byte[] elf, string name, string? only)
    {
        ProgramName[] all = Read(elf, name);
        return [.. Chosen(all, name, only).Select(index => Text(all, index))];
    }

    private static ProgramName[] Read(byte[] elf, string name)
    {
        using var listed = BpfObject.Open(elf, name);
        return [.. listed.Programs.Select(ProgramName.Of)];
    }

    // An older libbpf refuses a program that is a function of two kinds of structures.
    private static bool Opens(byte[] elf, string name)
    {
        try
        {
            using var opened = BpfObject.Open(elf, name);
            return true;
        }
        catch (BpfLoadException)
        {
            return false;
        }
    }

    private static IEnumerable<int> Chosen(ProgramName[] all, string name, string? only)
    {
        if (only is null) return Enumerable.Range(0, all.Length);
        return ProgramChoice.TryFind(all, only, out int index, out string? mistake)
            ? [index] : throw new InvalidDataException($"verify {name}: {mistake}");
    }

    private static string Text(ProgramName[] all, int index) =>
        all.Count(one => one.Name == all[index].Name) == 1 ? all[index].Name : all[index].ToString();

    private static Verification Verify(ProgramOfFile file, ProgramCode? code)
    {
        // First by the numbers alone: the steps of a program that takes a million of them are a hundred megabytes of log.
        Attempt brief = Load(file, Statistics, BriefLog);
        VerifierLog numbers = VerifierLogReader.Read(brief.Log);
        Attempt whole = brief;
        if (brief.Error is null && numbers.Counts is { } counts && counts.Processed <= MostSteps)
            whole = Load(file, StepsAndStates | Statistics, (int)Math.Max(BriefLog, counts.Processed * LogOfStep));
        else if (brief.Error is not null && brief.Log.Length > 0)
            whole = LoadRefused(file, brief, numbers.Counts?.Processed ?? 0);
        if (whole.Error?.Number == LoadErrors.NoSpace) whole = brief;
        VerifierLog log = VerifierLogReader.Read(whole.Log);
        Diagnosis? diagnosis = brief.Error is { } error ? Diagnose(log, whole, error, code) : null;
        return new Verification
        {
            Program = file.Program,
            Type = brief.Type.Name(),
            Insns = code?.Instructions.Length ?? 0,
            Accepted = brief.Error is null,
            Error = brief.Error,
            Counts = numbers.Counts ?? log.Counts,
            Functions = brief.Error is null && code is not null && log.Steps.Count > 0 ? WalkCosts.OfFunctions(log, code) : [],
            Loops = brief.Error is null && code is not null ? WalkCosts.OfLoops(log, code) : [],
            Diagnosis = diagnosis,
            Log = whole.Log,
            Code = code,
        };
    }

    // With all states where their log fits, else without.
    private static Attempt LoadRefused(ProgramOfFile file, Attempt brief, long processed)
    {
        for (int bytes = 16 << 20; bytes <= LargestLog && processed <= MostSteps; bytes *= 4)
        {
            Attempt attempt = Load(file, StepsAndStates | Statistics, bytes);
            if (attempt.Error?.Number != LoadErrors.NoSpace) return attempt.Error is null ? brief : attempt;
        }

        Attempt steps = Load(file, Steps | Statistics, LargestLog);
        return steps.Error is null || steps.Error.Value.Number == LoadErrors.NoSpace ? brief : steps;
    }

    private static Diagnosis Diagnose(VerifierLog log, Attempt attempt, Errno error, ProgramCode? code)
    {
        if (log.Messages.Count > 0) return LogDiagnoser.Diagnose(log, code);

        // The kernel was not asked, or said nothing: libbpf may have.
        Diagnosis? ofLoader = attempt.Messages.Length == 0 ? null : LogDiagnoser.DiagnoseLoader(attempt.Messages);
        return ofLoader is { Cause: not VerifierCause.Other }
            ? MissingFeature.OfMap(ofLoader, attempt.Maps)
            : MissingFeature.OfProgram(LogDiagnoser.OfError(error, attempt.Messages), error, attempt.Type, attempt.AttachType);
    }

    private static Attempt Load(ProgramOfFile file, uint level, int bytes)
    {
        using var opened = BpfObject.Open(file.Elf, file.Name);
        BpfObjectProgram wanted = opened.Programs[file.Index];
        ILookup<string, BpfMapType> maps = opened.Maps.ToLookup(map => map.Name, map => map.Type);
        wanted.KeepLog(level, bytes);
        try
        {
            opened.LoadOnly(wanted);
            return new Attempt(wanted.Type, wanted.ExpectedAttachType, maps, null, wanted.Log, opened.Messages);
        }
        catch (BpfLoadException refused)
        {
            // What comes after the loads, as filling arrays of programs that are not loaded here, says nothing of this one.
            bool isLoaded = wanted.Log.Contains("processed ", StringComparison.Ordinal)
                && !refused.Log.Contains("BPF program load failed", StringComparison.Ordinal);
            return new Attempt(wanted.Type, wanted.ExpectedAttachType, maps, isLoaded ? null : refused.Error, wanted.Log, refused.Log);
        }
    }

    private sealed record ProgramOfFile(byte[] Elf, string Name, int Index, string Program);

    private sealed record Attempt(
        BpfProgramType Type, BpfAttachType AttachType, ILookup<string, BpfMapType> Maps, Errno? Error, string Log,
        string Messages);
}
