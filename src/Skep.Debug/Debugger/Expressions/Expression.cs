using System.Buffers.Binary;
using Skep.Debug.Machine;

namespace Skep.Debug.Debugger.Expressions;

/// <summary>An expression that has no value now.</summary>
public sealed class ExpressionException(string message) : Exception(message);

/// <summary>An expression over registers and memory, of unsigned numbers of 64 bits.</summary>
public abstract record Expression
{
    /// <summary>Its value in a machine; one of names alone needs none.</summary>
    /// <exception cref="ExpressionException">It reads what is not there, or divides by 0.</exception>
    public abstract ulong Evaluate(BpfMachine? machine);
}

internal sealed record NumberExpression(ulong Value) : Expression
{
    public override ulong Evaluate(BpfMachine? machine) => Value;
}

/// <summary>A name whose value is that of now: of a call that is traced.</summary>
internal sealed record NamedExpression(Func<ulong> Value) : Expression
{
    public override ulong Evaluate(BpfMachine? machine) => Value();
}

internal sealed record RegisterExpression(int Number, bool IsHalf) : Expression
{
    public override ulong Evaluate(BpfMachine? machine)
    {
        if (machine is null) throw new ExpressionException($"there is no r{Number}");
        if (!machine.IsInitialized(Number)) throw new ExpressionException($"r{Number} was not written yet");
        return IsHalf ? (uint)machine.Register(Number) : machine.Register(Number);
    }
}

internal sealed record StepExpression : Expression
{
    public override ulong Evaluate(BpfMachine? machine) => (ulong)(machine?.Steps ?? 0);
}

internal sealed record LoadExpression(Expression Address, int Size, bool IsSigned) : Expression
{
    public override ulong Evaluate(BpfMachine? machine)
    {
        ulong address = Address.Evaluate(machine);
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        bytes.Clear();
        if (machine?.TryPeek(address, bytes[..Size]) != true) throw new ExpressionException($"no {Size} bytes are at 0x{address:x}");
        ulong value = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        int unused = 64 - (Size * 8);
        return IsSigned ? (ulong)((long)(value << unused) >> unused) : value;
    }
}

internal sealed record UnaryExpression(char Operator, Expression Operand) : Expression
{
    public override ulong Evaluate(BpfMachine? machine)
    {
        ulong value = Operand.Evaluate(machine);
        return Operator switch
        {
            '-' => unchecked(0 - value),
            '~' => ~value,
            _ => value == 0 ? 1UL : 0,
        };
    }
}

internal sealed record BinaryExpression(string Operator, Expression Left, Expression Right) : Expression
{
    public override ulong Evaluate(BpfMachine? machine)
    {
        ulong left = Left.Evaluate(machine);
        if (Operator == "&&") return left != 0 && Right.Evaluate(machine) != 0 ? 1UL : 0;
        if (Operator == "||") return left != 0 || Right.Evaluate(machine) != 0 ? 1UL : 0;
        ulong right = Right.Evaluate(machine);
        if (Operator is "/" or "%" && right == 0) throw new ExpressionException("it divides by 0");
        return unchecked(Operator switch
        {
            "+" => left + right,
            "-" => left - right,
            "*" => left * right,
            "/" => left / right,
            "%" => left % right,
            "&" => left & right,
            "|" => left | right,
            "^" => left ^ right,
            "<<" => right > 63 ? 0 : left << (int)right,
            ">>" => right > 63 ? 0 : left >> (int)right,
            "==" => left == right ? 1UL : 0,
            "!=" => left != right ? 1UL : 0,
            "<" => left < right ? 1UL : 0,
            "<=" => left <= right ? 1UL : 0,
            ">" => left > right ? 1UL : 0,
            _ => left >= right ? 1UL : 0,
        });
    }
}
