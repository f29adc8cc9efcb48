# SPDX-License-Identifier: GPL-2.0-or-later
# Prints the bytes of stack on the deepest path through the plugin, and through its trap_take(). The input is the output of
# `objdump -d --no-show-raw-insn` and `objdump -s`. A call through a pointer can reach every function whose address is in the program.
# At most INDIRECT such calls are active at a time: guard's step, the core's sequence, guard's step, a family's operation, a backend's
# operation, a page table's accessor. Recursion, and frames without a constant size, are errors. Used by check-image.
BEGIN {
	INDIRECT = 6
	RETURN = 8
}

/^[0-9a-f]+ <.*>:$/ {
	function_ = short($1)
	name[function_] = $2
	next
}

# One instruction.
/^ *[0-9a-f]+:\t/ {
	instruction = $2
	if (instruction ~ /^push/)
		frame[function_] += 8
	else if (instruction == "add" && $3 ~ /^\$0xffff[0-9a-f]+,%rsp$/)
		# A frame of 128 bytes is allocated by adding -128, which is shorter, and freed by subtracting it.
		frame[function_] += 65536 - number(substr($3, index($3, ",") - 4, 4))
	else if (instruction == "sub" && $3 ~ /^\$0xffff[0-9a-f]+,%rsp$/)
		next
	else if (instruction == "sub" && $3 ~ /^\$0x[0-9a-f]+,%rsp$/)
		frame[function_] += number(substr($3, 4, index($3, ",") - 4))
	else if (instruction == "sub" && $3 ~ /,%rsp$/)
		fail(name[function_] " has a frame of no constant size")
	else if (instruction ~ /^(call|jmp)/ && $3 ~ /^\*/)
		# A jump through a register is a switch table or a tail call. It counts as a call.
		indirect[function_] = 1
	else if (instruction ~ /^j/ && short($3) == function_)
		next	# a loop from the function's first instruction
	else if (instruction ~ /^(call|j)/ && $4 ~ /^<[^+]*>$/)
		calls[function_] = calls[function_] " " short($3)
	else if (instruction == "lea" && $NF ~ /^<[^+]*>$/)
		held[short($(NF - 1))] = 1
	next
}

# Sixteen bytes of data: two words.
/^ [0-9a-f]+ ([0-9a-f]+ )+/ {
	if (length($2 $3) == 16)
		held[word($2 $3)] = 1
	if (length($4 $5) == 16)
		held[word($4 $5)] = 1
}

END {
	if (failed)
		exit 1
	# Deepest path that starts with a call through a pointer, by how many more such calls may follow.
	for (round = 0; round <= INDIRECT; round++) {
		through[round] = 0
		for (f in name)
			if (f in held && depth(f, round) > through[round])
				through[round] = depth(f, round)
	}
	for (f in name) {
		d = depth(f, INDIRECT)
		if (!(f in held) && d > deepest)
			deepest = d
	}
	if (failed)
		exit 1
	for (f in name)
		if (name[f] == "<trap_take>:")
			trap = depth(f, 0)
	if (!deepest || !trap)
		fail("functions are missing")
	print deepest, trap
}

# Deepest path from @f, with at most @round calls through pointers in it.
function depth(f, round,    list, count, i, below, d)
{
	if ((f, round) in known) {
		if (known[f, round] < 0)
			fail(name[f] " calls itself")
		return known[f, round]
	}
	known[f, round] = -1
	below = indirect[f] && round ? through[round - 1] : 0
	count = split(calls[f], list, " ")
	for (i = 1; i <= count; i++)
		if (list[i] in name) {
			d = depth(list[i], round)
			if (d > below)
				below = d
		}
	return known[f, round] = frame[f] + RETURN + below
}

function short(address)
{
	sub(/^0+/, "", address)
	return address
}

# Little-endian bytes as an address.
function word(bytes,    out, i)
{
	for (i = 15; i > 0; i -= 2)
		out = out substr(bytes, i, 2)
	return short(out)
}

function number(hex,    value, i)
{
	for (i = 1; i <= length(hex); i++)
		value = value * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
	return value
}

function fail(text)
{
	failed = 1
	print text
	exit 1
}
